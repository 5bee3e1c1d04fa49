metadata description = 'Alerts on what the installation shares, and the workbook. docs/deploy.md says what to do at each.'

@description('Begins the name of each alert.')
param prefix string

@description('Region of the rules that query logs.')
param location string

@description('Tags of each resource.')
param tags object

@description('Resource id of Application Insights.')
param insightsId string

@description('Resource id of the Cosmos DB account.')
param cosmosId string

@description('Resource id of the action group that alerts call.')
param actionGroupId string

// Spans are named in shared/platform/http/serve.ts ("POST /api/...") and shared/platform/queue/handler.ts ("inbound process").
var queries = [
  {
    name: 'webhook-failures'
    description: 'Webhooks were answered with 5xx. Providers send again for days, but not for ever.'
    query: 'requests | where name startswith "POST /api/webhooks/" | where toint(resultCode) >= 500'
    severity: 1
    threshold: 5
    window: 'PT5M'
  }
  {
    name: 'queue-age'
    description: 'Work waits more than a minute between the request that asked for it and its beginning.'
    query: 'requests | where name endswith " process" | project operation_Id, began = timestamp | join kind=inner (requests | where name startswith "POST /api/" | project operation_Id, asked = timestamp) on operation_Id | where began - asked > 1m'
    severity: 2
    threshold: 20
    window: 'PT15M'
  }
  {
    name: 'error-rate'
    description: 'More than one request in twenty fails, of at least a hundred.'
    query: 'requests | summarize failed = countif(success == false), total = count() | where total >= 100 and failed * 20 > total'
    severity: 1
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'parked-messages'
    description: 'The product has given up on messages and says why.'
    query: 'traces | where message has "message parked"'
    severity: 1
    threshold: 0
    window: 'PT5M'
  }
]

resource queryAlerts 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [
  for rule in queries: {
    name: '${prefix}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${prefix}-${rule.name}'
      description: rule.description
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [
        insightsId
      ]
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: rule.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [
          actionGroupId
        ]
      }
    }
  }
]

resource throttling 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${prefix}-database-throttling'
  location: 'global'
  tags: tags
  properties: {
    description: 'Cosmos DB refuses requests because they need more request units than there are.'
    severity: 2
    enabled: true
    autoMitigate: true
    scopes: [
      cosmosId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'throttled'
          metricNamespace: 'Microsoft.DocumentDB/databaseAccounts'
          metricName: 'TotalRequests'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 100
          dimensions: [
            {
              name: 'StatusCode'
              operator: 'Include'
              values: [
                '429'
              ]
            }
          ]
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'cordboard')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Cordboard'
    category: 'workbook'
    sourceId: insightsId
    serializedData: loadTextContent('../workbook.json')
  }
}
