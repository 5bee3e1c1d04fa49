metadata description = 'One region that serves on its own. Everything here but the database and the keys is of this region alone.'

import { Identity, Size, Stamp } from '../types.bicep'

@description('The region and its names.')
param stamp Stamp

@description('Name of the installation, part of resource names.')
param environmentName string

@description('Letters that make names unique in the world.')
param token string

@description('Tags of each resource.')
param tags object

@description('How large, how available, how private.')
param size Size

@description('The identity as which the product acts.')
param identity Identity

@description('The service of azure.yaml whose package goes to this stamp\'s function app.')
param azdServiceName string

@description('Where people and providers reach this stamp: an origin without a trailing slash.')
param publicUrl string

@description('The id by which Front Door marks what it passes on.')
param frontDoorId string

@description('Resource id of the Cosmos DB account.')
param cosmosId string

@description('Where the Cosmos DB account is.')
param cosmosEndpoint string

@description('Resource id of the vault.')
param keyVaultId string

@description('Where the vault is, with a trailing slash.')
param keyVaultUri string

@description('Where telemetry is sent.')
param insightsConnectionString string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

@description('Resource id of the action group that alerts call.')
param actionGroupId string

@description('Settings of the product beside those that the template knows, e.g. TRIAL_DAYS.')
param extraSettings object

var abbreviations = loadJsonContent('../abbreviations.json')
var names = loadJsonContent('../generated/names.json')
var base = 'cordboard-${environmentName}-${stamp.name}'
var stampToken = '${stamp.name}${token}'
var needsNetwork = size.network.private || size.network.fixedOutgoingAddress
var isServiceBusPrivate = size.network.private && size.serviceBus == 'Premium'

module network 'network.bicep' = if (needsNetwork) {
  name: 'network'
  params: {
    name: '${abbreviations.virtualNetwork}${base}'
    gatewayName: '${abbreviations.natGateway}${base}'
    addressName: '${abbreviations.publicAddress}${base}'
    location: stamp.location
    tags: tags
    addressPrefix: stamp.addressPrefix
    fixedOutgoingAddress: size.network.fixedOutgoingAddress
  }
}

module hostStorage 'storage.bicep' = {
  name: 'host-storage'
  params: {
    name: take('${abbreviations.storage}host${stampToken}', 24)
    location: stamp.location
    tags: tags
    identity: identity
    sku: size.storage
    privateOnly: size.network.private
    containerNames: [
      'deployment'
    ]
    ownedByHost: true
    workspaceId: workspaceId
  }
}

module mediaStorage 'storage.bicep' = {
  name: 'media-storage'
  params: {
    name: take('${abbreviations.storage}media${stampToken}', 24)
    location: stamp.location
    tags: tags
    identity: identity
    sku: size.storage
    privateOnly: size.network.private
    containerNames: [
      names.mediaContainer
    ]
    ownedByHost: false
    workspaceId: workspaceId
  }
}

module serviceBus 'serviceBus.bicep' = {
  name: 'service-bus'
  params: {
    name: '${abbreviations.serviceBus}${stampToken}'
    location: stamp.location
    tags: tags
    identity: identity
    sku: size.serviceBus
    privateOnly: size.network.private
    workspaceId: workspaceId
  }
}

module webPubSub 'webPubSub.bicep' = {
  name: 'web-pubsub'
  params: {
    name: '${abbreviations.webPubSub}${stampToken}'
    location: stamp.location
    tags: tags
    identity: identity
    sku: size.webPubSub.sku
    units: size.webPubSub.units
    privateOnly: size.network.private
    hub: names.realtimeHub
    workspaceId: workspaceId
  }
}

module functionApp 'functionApp.bicep' = {
  name: 'function-app'
  params: {
    name: '${abbreviations.functionApp}${stampToken}'
    planName: '${abbreviations.functionPlan}${base}'
    location: stamp.location
    tags: tags
    azdServiceName: azdServiceName
    identity: identity
    size: size
    hostStorageName: hostStorage.outputs.name
    deploymentContainerUrl: '${hostStorage.outputs.blobEndpoint}deployment'
    subnetId: needsNetwork ? network!.outputs.functionsSubnetId : ''
    frontDoorId: frontDoorId
    workspaceId: workspaceId
    settings: union(
      {
        CORDBOARD_PLATFORM: 'azure'
        CORDBOARD_REGION: stamp.location
        PUBLIC_URL: publicUrl
        COSMOS_ENDPOINT: cosmosEndpoint
        SERVICEBUS__fullyQualifiedNamespace: serviceBus.outputs.hostName
        STORAGE__blobServiceUri: mediaStorage.outputs.blobEndpoint
        WEBPUBSUB_ENDPOINT: webPubSub.outputs.endpoint
        KEYVAULT_URI: keyVaultUri
        // By which of the app's identities SDKs act: DefaultAzureCredential reads it.
        AZURE_CLIENT_ID: identity.clientId
        APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
        APPLICATIONINSIGHTS_STATSBEAT_DISABLED: '1'
        WHATSAPP_APP_SECRET: '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/whatsapp-app-secret)'
        WHATSAPP_VERIFY_TOKEN: '@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/whatsapp-verify-token)'
      },
      extraSettings
    )
  }
  // It starts as soon as it stands, and must then reach its package and its keys.
  dependsOn: [
    hostStorageEndpointPrivate
    keyVaultEndpointPrivate
  ]
}

module cosmosEndpointPrivate 'privateEndpoint.bicep' = if (size.network.private) {
  name: 'cosmos-endpoint'
  params: {
    name: '${abbreviations.privateEndpoint}cosmos-${base}'
    location: stamp.location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointsSubnetId
    targetId: cosmosId
    group: 'Sql'
    zoneName: 'privatelink.documents.azure.com'
  }
}

module keyVaultEndpointPrivate 'privateEndpoint.bicep' = if (size.network.private) {
  name: 'key-vault-endpoint'
  params: {
    name: '${abbreviations.privateEndpoint}vault-${base}'
    location: stamp.location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointsSubnetId
    targetId: keyVaultId
    group: 'vault'
    zoneName: 'privatelink.vaultcore.azure.net'
  }
}

module hostStorageEndpointPrivate 'privateEndpoint.bicep' = if (size.network.private) {
  name: 'host-storage-endpoint'
  params: {
    name: '${abbreviations.privateEndpoint}host-${base}'
    location: stamp.location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointsSubnetId
    targetId: hostStorage.outputs.id
    group: 'blob'
    zoneName: 'privatelink.blob.${environment().suffixes.storage}'
  }
}

module mediaStorageEndpointPrivate 'privateEndpoint.bicep' = if (size.network.private) {
  name: 'media-storage-endpoint'
  params: {
    name: '${abbreviations.privateEndpoint}media-${base}'
    location: stamp.location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointsSubnetId
    targetId: mediaStorage.outputs.id
    group: 'blob'
    zoneName: 'privatelink.blob.${environment().suffixes.storage}'
    makesZone: false
  }
  dependsOn: [
    hostStorageEndpointPrivate
  ]
}

module webPubSubEndpointPrivate 'privateEndpoint.bicep' = if (size.network.private) {
  name: 'web-pubsub-endpoint'
  params: {
    name: '${abbreviations.privateEndpoint}webpubsub-${base}'
    location: stamp.location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointsSubnetId
    targetId: webPubSub.outputs.id
    group: 'webpubsub'
    zoneName: 'privatelink.webpubsub.azure.com'
  }
}

module serviceBusEndpointPrivate 'privateEndpoint.bicep' = if (isServiceBusPrivate) {
  name: 'service-bus-endpoint'
  params: {
    name: '${abbreviations.privateEndpoint}servicebus-${base}'
    location: stamp.location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointsSubnetId
    targetId: serviceBus.outputs.id
    group: 'namespace'
    zoneName: 'privatelink.servicebus.windows.net'
  }
}

module alerts 'stampAlerts.bicep' = {
  name: 'alerts'
  params: {
    prefix: base
    tags: tags
    serviceBusId: serviceBus.outputs.id
    actionGroupId: actionGroupId
  }
}

@description('Name of the function app.')
output functionAppName string = functionApp.outputs.name

@description('Host name of the function app, which answers to Front Door only.')
output functionAppHostName string = functionApp.outputs.hostName

@description('Host name of the Service Bus namespace, for the operator\'s command.')
output serviceBusHostName string = serviceBus.outputs.hostName
