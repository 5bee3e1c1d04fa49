metadata description = 'A stamp\'s virtual network: a subnet for the function app, one for private endpoints, and one address to the outside.'

@description('Name of the virtual network.')
param name string

@description('Name of the NAT gateway.')
param gatewayName string

@description('Name of the outgoing address.')
param addressName string

@description('Region.')
param location string

@description('Tags of each resource.')
param tags object

@description('Address space, at least /23: its first /24 is for the function app, its second for private endpoints.')
param addressPrefix string

@description('Whether all outgoing requests come from one address.')
param fixedOutgoingAddress bool

resource address 'Microsoft.Network/publicIPAddresses@2024-05-01' = if (fixedOutgoingAddress) {
  name: addressName
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
    publicIPAddressVersion: 'IPv4'
  }
}

resource gateway 'Microsoft.Network/natGateways@2024-05-01' = if (fixedOutgoingAddress) {
  name: gatewayName
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    idleTimeoutInMinutes: 10
    publicIpAddresses: [
      {
        id: address.id
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressPrefix
      ]
    }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 0)
          // What Flex Consumption asks for: learn.microsoft.com/azure/azure-functions/functions-networking-options
          delegations: [
            {
              name: 'flex-consumption'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
          natGateway: fixedOutgoingAddress
            ? {
                id: gateway.id
              }
            : null
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 24, 1)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

@description('Resource id of the network.')
output id string = network.id

@description('Resource id of the function app\'s subnet.')
output functionsSubnetId string = '${network.id}/subnets/functions'

@description('Resource id of the subnet of private endpoints.')
output endpointsSubnetId string = '${network.id}/subnets/endpoints'
