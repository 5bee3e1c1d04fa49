metadata description = 'A storage account of a stamp: for its files, or for the package and the leases of its function app.'

import { Identity } from '../types.bicep'

@description('Name of the account: at most 24 lower-case letters and digits.')
@maxLength(24)
param name string

@description('Region.')
param location string

@description('Tags of each resource.')
param tags object

@description('The identity that reads and writes blobs.')
param identity Identity

@description('Redundancy.')
@allowed([
  'Standard_GRS'
  'Standard_LRS'
  'Standard_ZRS'
])
param sku string

@description('Whether only private endpoints reach it.')
param privateOnly bool

@description('Names of the containers.')
param containerNames string[]

@description('Whether the identity owns the account, as the Functions host needs. Otherwise it reads and writes in the containers only.')
param ownedByHost bool

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

var roles = loadJsonContent('../roles.json')

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: privateOnly ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: privateOnly ? 'Deny' : 'Allow'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    // A file that was deleted on request must be gone: these days are the whole grace.
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for containerName in containerNames: {
    parent: blobs
    name: containerName
    properties: {
      publicAccess: 'None'
    }
  }
]

// The host makes containers of its own for leases and timers, so that the account is the narrowest scope that works.
resource mayOwn 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (ownedByHost) {
  name: guid(account.id, identity.principalId, roles['Storage Blob Data Owner'])
  scope: account
  properties: {
    principalId: identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Blob Data Owner'])
  }
}

resource mayReadAndWrite 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (containerName, i) in containerNames: if (!ownedByHost) {
    name: guid(account.id, containerName, identity.principalId, roles['Storage Blob Data Contributor'])
    scope: containers[i]
    properties: {
      principalId: identity.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Storage Blob Data Contributor'])
    }
  }
]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the account.')
output id string = account.id

@description('Name of the account.')
output name string = account.name

@description('Where blobs are, e.g. https://name.blob.core.windows.net/.')
output blobEndpoint string = account.properties.primaryEndpoints.blob
