metadata description = 'Alerts on what the installation shares, and the workbook. Each names its runbook in docs/operations.'

@description('Begins the name of each alert.')
param prefix string

@description('Region of the rules that query logs.')
param location string

@description('Tags of each resource.')
param tags object

@description('Resource id of Application Insights.')
param insightsId string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

@description('Resource id of the Cosmos DB account.')
param cosmosId string

@description('Resource id of the Front Door profile.')
param frontDoorProfileId string

@description('Resource id of the action group that alerts call.')
param actionGroupId string

// Of what the product sends, failures are whole and the rest is a sample: queries sum itemCount and never count rows of both.
var queries = [
  {
    name: 'webhook-failures'
    description: 'Webhooks were answered with 5xx. Providers send again for days, but not for ever.'
    query: loadTextContent('../queries/webhook-failures.kql')
    scope: insightsId
    severity: 1
    threshold: 5
    window: 'PT5M'
  }
  {
    name: 'queue-age'
    description: 'Messages wait more than a minute for their first delivery.'
    query: loadTextContent('../queries/queue-age.kql')
    scope: insightsId
    severity: 2
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'queue-stuck'
    description: 'Messages wait, and for half an hour none was taken.'
    query: loadTextContent('../queries/queue-stuck.kql')
    scope: workspaceId
    severity: 1
    threshold: 0
    window: 'PT30M'
  }
  {
    name: 'error-rate'
    description: 'More than one request or delivery in twenty fails, of at least a hundred.'
    query: loadTextContent('../queries/error-rate.kql')
    scope: insightsId
    severity: 1
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'parked-messages'
    description: 'The product has given up on messages and says why.'
    query: loadTextContent('../queries/parked-messages.kql')
    scope: insightsId
    severity: 1
    threshold: 0
    window: 'PT5M'
  }
]

var metrics = [
  {
    name: 'database-throttling'
    description: 'Cosmos DB refuses requests because they need more request units than there are.'
    scope: cosmosId
    namespace: 'Microsoft.DocumentDB/databaseAccounts'
    metric: 'TotalRequests'
    aggregation: 'Count'
    threshold: 100
    dimension: 'StatusCode'
    value: '429'
    severity: 2
  }
  {
    // Also when the function app does not even start, and so tells nobody of it.
    name: 'entry-failures'
    description: 'People and providers are answered with 5xx at the entry.'
    scope: frontDoorProfileId
    namespace: 'Microsoft.Cdn/profiles'
    metric: 'RequestCount'
    aggregation: 'Total'
    threshold: 20
    dimension: 'HttpStatusGroup'
    value: '5XX'
    severity: 1
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
      description: '${rule.description} See docs/operations/${rule.name}.md'
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [
        rule.scope
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

resource metricAlerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for rule in metrics: {
    name: '${prefix}-${rule.name}'
    location: 'global'
    tags: tags
    properties: {
      description: '${rule.description} See docs/operations/${rule.name}.md'
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [
        rule.scope
      ]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT5M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: rule.name
            metricNamespace: rule.namespace
            metricName: rule.metric
            timeAggregation: rule.aggregation
            operator: 'GreaterThan'
            threshold: rule.threshold
            dimensions: [
              {
                name: rule.dimension
                operator: 'Include'
                values: [
                  rule.value
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
]

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'cordboard')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Cordboard'
    category: 'workbook'
    sourceId: insightsId
    serializedData: loadTextContent('../generated/workbook.json')
  }
}
