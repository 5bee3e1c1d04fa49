metadata description = 'A stamp\'s queues, as shared/platform/queue/queues.ts declares them.'

import { Identity } from '../types.bicep'

@description('Name of the namespace.')
param name string

@description('Region.')
param location string

@description('Tags of each resource.')
param tags object

@description('The identity that sends and receives.')
param identity Identity

@description('Tier. Private endpoints need Premium.')
@allowed([
  'Premium'
  'Standard'
])
param sku string

@description('Whether only private endpoints reach it; heeded on Premium only, since Standard has none.')
param privateOnly bool

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

var roles = loadJsonContent('../roles.json')
var declared = loadJsonContent('../generated/queues.json')
var isPremium = sku == 'Premium'

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: isPremium
    ? {
        name: sku
        tier: sku
        capacity: 1
      }
    : {
        name: sku
        tier: sku
      }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPremium && privateOnly ? 'Disabled' : 'Enabled'
    // Of the namespace, one partition: batches carry messages of several sessions.
    premiumMessagingPartitions: isPremium ? 1 : null
  }
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [
  for queue in declared: {
    parent: bus
    name: queue.name
    properties: {
      requiresSession: true
      requiresDuplicateDetection: true
      duplicateDetectionHistoryTimeWindow: queue.duplicateWindow
      lockDuration: queue.lockDuration
      maxDeliveryCount: queue.maxDeliveryCount
      // Nothing that was acknowledged may vanish because it waited: it waits for ever, or is parked after its last delivery.
      defaultMessageTimeToLive: 'P10675199DT2H48M5.4775807S'
      deadLetteringOnMessageExpiration: true
      enablePartitioning: false
      enableBatchedOperations: true
      maxSizeInMegabytes: 5120
    }
  }
]

// Owner of each queue, not just sender and receiver: scaling by the queue's length needs the right to read it
// (learn.microsoft.com/azure/azure-functions/functions-target-based-scaling, the note on Service Bus).
resource mayUseQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queue, i) in declared: {
    name: guid(bus.id, queue.name, identity.principalId, roles['Azure Service Bus Data Owner'])
    scope: queues[i]
    properties: {
      principalId: identity.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Azure Service Bus Data Owner'])
    }
  }
]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: bus
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('Resource id of the namespace.')
output id string = bus.id

@description('Host name, e.g. name.servicebus.windows.net.')
output hostName string = '${bus.name}.servicebus.windows.net'
