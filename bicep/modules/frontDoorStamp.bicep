metadata description = 'What Front Door does with a stamp\'s requests: /api to its function app, all else to the browser app\'s files.'

@description('Name of the Front Door profile.')
param profileName string

@description('Name of the stamp\'s endpoint.')
param endpointName string

@description('Name of the stamp.')
param stampName string

@description('Names of the custom domains of the profile that lead here.')
param customDomainNames string[]

@description('Host name of the function app.')
param functionAppHostName string

@description('Host name of the browser app\'s files.')
param webHostName string

var domains = [for domain in customDomainNames: { id: resourceId('Microsoft.Cdn/profiles/customDomains', profileName, domain) }]
var origins = [
  {
    name: 'api'
    hostName: functionAppHostName
    patterns: [
      '/api/*'
    ]
    cache: null
  }
  {
    name: 'web'
    hostName: webHostName
    patterns: [
      '/*'
    ]
    cache: {
      queryStringCachingBehavior: 'IgnoreQueryString'
      compressionSettings: {
        isCompressionEnabled: true
        contentTypesToCompress: [
          'application/javascript'
          'application/json'
          'application/manifest+json'
          'image/svg+xml'
          'text/css'
          'text/html'
          'text/javascript'
        ]
      }
    }
  }
]

resource profile 'Microsoft.Cdn/profiles@2024-09-01' existing = {
  name: profileName
}

resource endpoint 'Microsoft.Cdn/profiles/afdEndpoints@2024-09-01' existing = {
  parent: profile
  name: endpointName
}

// No health probe: each of Front Door's hundred edges would ask, and with one origin there is nowhere else to go.
resource groups 'Microsoft.Cdn/profiles/originGroups@2024-09-01' = [
  for origin in origins: {
    parent: profile
    name: '${stampName}-${origin.name}'
    properties: {
      sessionAffinityState: 'Disabled'
      loadBalancingSettings: {
        sampleSize: 4
        successfulSamplesRequired: 3
        additionalLatencyInMilliseconds: 50
      }
    }
  }
]

resource targets 'Microsoft.Cdn/profiles/originGroups/origins@2024-09-01' = [
  for (origin, i) in origins: {
    parent: groups[i]
    name: origin.name
    properties: {
      hostName: origin.hostName
      originHostHeader: origin.hostName
      httpsPort: 443
      priority: 1
      weight: 1000
      enabledState: 'Enabled'
      enforceCertificateNameCheck: true
    }
  }
]

resource routes 'Microsoft.Cdn/profiles/afdEndpoints/routes@2024-09-01' = [
  for (origin, i) in origins: {
    parent: endpoint
    name: origin.name
    properties: {
      customDomains: domains
      originGroup: {
        id: groups[i].id
      }
      patternsToMatch: origin.patterns
      supportedProtocols: [
        'Http'
        'Https'
      ]
      httpsRedirect: 'Enabled'
      forwardingProtocol: 'HttpsOnly'
      linkToDefaultDomain: 'Enabled'
      enabledState: 'Enabled'
      cacheConfiguration: origin.cache
    }
    dependsOn: [
      targets
    ]
  }
]
