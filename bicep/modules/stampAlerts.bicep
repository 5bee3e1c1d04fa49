metadata description = 'Alerts on what one stamp has for itself. Each names its runbook in docs/operations.'

@description('Begins the name of each alert.')
param prefix string

@description('Tags of each resource.')
param tags object

@description('Resource id of the Service Bus namespace.')
param serviceBusId string

@description('Resource id of the action group that alerts call.')
param actionGroupId string

var rules = [
  {
    name: 'dead-letters'
    description: 'Messages were parked after their last delivery.'
    metric: 'DeadletteredMessages'
    aggregation: 'Maximum'
    threshold: 0
    severity: 1
    window: 'PT5M'
  }
  {
    name: 'queue-length'
    description: 'A queue grows faster than it is worked off.'
    metric: 'ActiveMessages'
    aggregation: 'Minimum'
    threshold: 1000
    severity: 2
    window: 'PT15M'
  }
  {
    name: 'queue-throttling'
    description: 'Service Bus refuses requests because there are too many: webhooks answer 503 and are sent again.'
    metric: 'ThrottledRequests'
    aggregation: 'Total'
    threshold: 10
    severity: 2
    window: 'PT5M'
  }
]

resource alerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for rule in rules: {
    name: '${prefix}-${rule.name}'
    location: 'global'
    tags: tags
    properties: {
      description: '${rule.description} See docs/operations/${rule.name}.md'
      severity: rule.severity
      enabled: true
      autoMitigate: true
      scopes: [
        serviceBusId
      ]
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: rule.name
            metricNamespace: 'Microsoft.ServiceBus/namespaces'
            metricName: rule.metric
            timeAggregation: rule.aggregation
            operator: 'GreaterThan'
            threshold: rule.threshold
            dimensions: [
              {
                name: 'EntityName'
                operator: 'Include'
                values: [
                  '*'
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
