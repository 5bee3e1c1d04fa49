metadata description = 'A private endpoint, with the name by which the stamp\'s network finds it.'

@description('Name of the endpoint.')
param name string

@description('Region.')
param location string

@description('Tags of each resource.')
param tags object

@description('Resource id of the network that may reach it.')
param networkId string

@description('Resource id of the subnet it is in.')
param subnetId string

@description('Resource id of what is reached.')
param targetId string

@description('Which part of that, e.g. blob.')
param group string

@description('The private DNS zone, e.g. privatelink.documents.azure.com.')
param zoneName string

@description('Whether the zone is made here. False: another endpoint of the stamp has made it.')
param makesZone bool = true

resource newZone 'Microsoft.Network/privateDnsZones@2020-06-01' = if (makesZone) {
  name: zoneName
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = if (makesZone) {
  parent: newZone
  name: 'stamp'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: networkId
    }
  }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: group
        properties: {
          privateLinkServiceId: targetId
          groupIds: [
            group
          ]
        }
      }
    ]
  }
}

resource zoneGroup 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: group
        properties: {
          privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', zoneName)
        }
      }
    ]
  }
  dependsOn: [
    newZone
  ]
}
