metadata description = 'The one entry: a name for each stamp, the web application firewall before all of them.'

import { Stamp } from '../types.bicep'

@description('Name of the profile.')
param name string

@description('Name of the firewall policy: letters and digits.')
param policyName string

@description('Begins the name of each endpoint.')
param endpointPrefix string

@description('Tags of each resource.')
param tags object

@description('Tier.')
@allowed([
  'Premium_AzureFrontDoor'
  'Standard_AzureFrontDoor'
])
param sku string

@description('The stamps.')
param stamps Stamp[]

@description('The domain name of the installation, which leads to the first stamp. Empty: none.')
param entryDomain string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

var isPremium = sku == 'Premium_AzureFrontDoor'

resource profile 'Microsoft.Cdn/profiles@2024-09-01' = {
  name: name
  location: 'global'
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    // The longest there is: listening to configuration changes holds a request open, and a file of 100 MB takes a while.
    originResponseTimeoutSeconds: 240
    // Queries hold what people search for, and a webhook's verification token.
    logScrubbing: {
      state: 'Enabled'
      scrubbingRules: [
        {
          matchVariable: 'QueryStringArgNames'
          selectorMatchOperator: 'EqualsAny'
          state: 'Enabled'
        }
      ]
    }
  }
}

resource endpoints 'Microsoft.Cdn/profiles/afdEndpoints@2024-09-01' = [
  for stamp in stamps: {
    parent: profile
    name: '${endpointPrefix}-${stamp.name}'
    location: 'global'
    tags: tags
    properties: {
      enabledState: 'Enabled'
    }
  }
]

resource stampDomains 'Microsoft.Cdn/profiles/customDomains@2024-09-01' = [
  for stamp in stamps: if (!empty(stamp.domain)) {
    parent: profile
    name: 'stamp-${stamp.name}'
    properties: {
      hostName: stamp.domain
      tlsSettings: {
        certificateType: 'ManagedCertificate'
        minimumTlsVersion: 'TLS12'
      }
    }
  }
]

resource entry 'Microsoft.Cdn/profiles/customDomains@2024-09-01' = if (!empty(entryDomain)) {
  parent: profile
  name: 'entry'
  properties: {
    hostName: entryDomain
    tlsSettings: {
      certificateType: 'ManagedCertificate'
      minimumTlsVersion: 'TLS12'
    }
  }
}

resource policy 'Microsoft.Network/frontDoorWebApplicationFirewallPolicies@2024-02-01' = {
  name: policyName
  location: 'global'
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    policySettings: {
      enabledState: 'Enabled'
      mode: 'Prevention'
      requestBodyCheck: 'Enabled'
      logScrubbing: {
        state: 'Enabled'
        scrubbingRules: [
          {
            matchVariable: 'RequestBodyJsonArgNames'
            selectorMatchOperator: 'EqualsAny'
            state: 'Enabled'
          }
          {
            matchVariable: 'QueryStringArgNames'
            selectorMatchOperator: 'EqualsAny'
            state: 'Enabled'
          }
        ]
      }
    }
    customRules: {
      rules: [
        {
          name: 'SignInRate'
          priority: 10
          enabledState: 'Enabled'
          ruleType: 'RateLimitRule'
          rateLimitDurationInMinutes: 5
          rateLimitThreshold: 200
          matchConditions: [
            {
              matchVariable: 'RequestUri'
              operator: 'Contains'
              transforms: [
                'Lowercase'
              ]
              matchValue: [
                '/api/auth/'
              ]
            }
          ]
          action: 'Block'
        }
        // Signed, and full of text that people wrote: a managed rule that took it for an attack would lose messages.
        {
          name: 'SignedWebhooks'
          priority: 20
          enabledState: 'Enabled'
          ruleType: 'MatchRule'
          matchConditions: [
            {
              matchVariable: 'RequestUri'
              operator: 'RegEx'
              matchValue: [
                '^https?://[^/]+/api/webhooks/'
              ]
            }
          ]
          action: 'Allow'
        }
      ]
    }
    managedRules: {
      managedRuleSets: isPremium
        ? [
            {
              ruleSetType: 'Microsoft_DefaultRuleSet'
              ruleSetVersion: '2.1'
              ruleSetAction: 'Block'
              // Agents write whatever customers ask about, SQL included; the API parses each body by its schema.
              exclusions: [
                {
                  matchVariable: 'RequestBodyJsonArgNames'
                  selectorMatchOperator: 'EqualsAny'
                  selector: '*'
                }
              ]
            }
            {
              ruleSetType: 'Microsoft_BotManagerRuleSet'
              ruleSetVersion: '1.1'
            }
          ]
        : []
    }
  }
}

resource protection 'Microsoft.Cdn/profiles/securityPolicies@2024-09-01' = {
  parent: profile
  name: 'firewall'
  properties: {
    parameters: {
      type: 'WebApplicationFirewall'
      wafPolicy: {
        id: policy.id
      }
      associations: [
        {
          domains: concat(
            map(stamps, stamp => {
              id: resourceId('Microsoft.Cdn/profiles/afdEndpoints', name, '${endpointPrefix}-${stamp.name}')
            }),
            map(filter(stamps, stamp => !empty(stamp.domain)), stamp => {
              id: resourceId('Microsoft.Cdn/profiles/customDomains', name, 'stamp-${stamp.name}')
            }),
            empty(entryDomain)
              ? []
              : [
                  {
                    id: entry.id
                  }
                ]
          )
          patternsToMatch: [
            '/*'
          ]
        }
      ]
    }
  }
  dependsOn: [
    endpoints
    stampDomains
  ]
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: profile
  properties: {
    workspaceId: workspaceId
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

@description('Resource id of the profile.')
output profileId string = profile.id

@description('Name of the profile.')
output profileName string = profile.name

@description('The id by which Front Door marks what it passes on.')
output frontDoorId string = profile.properties.frontDoorId

@description('The name by which each stamp is reached, in the order of the stamps.')
output hostNames string[] = [for (stamp, i) in stamps: empty(stamp.domain) ? endpoints[i].properties.hostName : stamp.domain]
