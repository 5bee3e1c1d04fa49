metadata description = 'The database: one account for the installation, in every region that has a stamp.'

import { Identity, Size } from '../types.bicep'

@description('Name of the account.')
param name string

@description('Regions, the one to write in first.')
@minLength(1)
param locations string[]

@description('Tags of each resource.')
param tags object

@description('The identity that reads and writes documents.')
param identity Identity

@description('How large.')
param size Size

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

var declared = loadJsonContent('../generated/containers.json')
// Built into Cosmos DB: reads and writes documents, but can neither make nor delete databases and containers.
var dataContributor = '00000000-0000-0000-0000-000000000002'
var isServerless = size.cosmos.mode == 'serverless'

resource account 'Microsoft.DocumentDB/databaseAccounts@2024-11-15' = {
  name: name
  location: locations[0]
  tags: tags
  kind: 'GlobalDocumentDB'
  properties: {
    databaseAccountOfferType: 'Standard'
    capabilities: isServerless
      ? [
          {
            name: 'EnableServerless'
          }
        ]
      : []
    consistencyPolicy: {
      defaultConsistencyLevel: 'Session'
    }
    locations: [
      for (region, priority) in locations: {
        locationName: region
        failoverPriority: priority
        isZoneRedundant: size.cosmos.zoneRedundant
      }
    ]
    enableMultipleWriteLocations: size.cosmos.multiRegionWrites
    enableAutomaticFailover: length(locations) > 1
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: size.network.private ? 'Disabled' : 'Enabled'
    // To any second of the last days. Not for accounts that are written in several regions:
    // learn.microsoft.com/azure/cosmos-db/continuous-backup-restore-introduction, "Current limitations".
    backupPolicy: size.cosmos.multiRegionWrites
      ? {
          type: 'Periodic'
          periodicModeProperties: {
            backupIntervalInMinutes: 240
            backupRetentionIntervalInHours: 168
            backupStorageRedundancy: 'Geo'
          }
        }
      : {
          type: 'Continuous'
          continuousModeProperties: {
            tier: size.cosmos.backup
          }
        }
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2024-11-15' = {
  parent: account
  name: declared.database
  properties: {
    resource: {
      id: declared.database
    }
    options: isServerless
      ? {}
      : {
          autoscaleSettings: {
            maxThroughput: size.cosmos.maxThroughput
          }
        }
  }
}

// One after another: Cosmos DB answers 409 or 429 to many changes of one database at a time.
@batchSize(1)
resource containers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2024-11-15' = [
  for container in declared.containers: {
    parent: database
    name: container.name
    properties: {
      resource: {
        id: container.name
        partitionKey: {
          paths: container.partitionKey
          kind: length(container.partitionKey) > 1 ? 'MultiHash' : 'Hash'
          version: 2
        }
        indexingPolicy: container.indexingPolicy
        // -1: documents live for ever, save those with a ttl of their own.
        defaultTtl: container.timeToLive ? -1 : null
      }
    }
  }
]

resource mayReadAndWrite 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = {
  parent: account
  name: guid(account.id, identity.principalId, dataContributor)
  properties: {
    principalId: identity.principalId
    roleDefinitionId: '${account.id}/sqlRoleDefinitions/${dataContributor}'
    scope: '${account.id}/dbs/${database.name}'
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: account
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    // Not the log of each request: it would cost more than the requests themselves.
    logs: [
      {
        category: 'ControlPlaneRequests'
        enabled: true
      }
      {
        category: 'PartitionKeyStatistics'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Requests'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the account.')
output id string = account.id

@description('Where the API is, e.g. https://name.documents.azure.com:443/.')
output endpoint string = account.properties.documentEndpoint
