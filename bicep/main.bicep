metadata description = 'Cordboard on Azure: what the installation shares, and a stamp in each region.'

targetScope = 'subscription'

import { Size, Stamp } from 'types.bicep'

@description('Name of the installation, e.g. dev or production: part of resource names, and of the tag by which azd finds its resources.')
@minLength(2)
@maxLength(16)
param environmentName string

@description('Region of what all stamps share: logs and keys.')
param location string

@description('Region of the browser app\'s settings; few offer it: westeurope, eastus2, centralus, westus2, eastasia.')
param webLocation string = 'westeurope'

@description('One stamp for each region that serves on its own. The first has the entry\'s domain name, and is where the database is written.')
@minLength(1)
@maxLength(4)
param stamps Stamp[]

@description('How large, how available and how private; see sizes/.')
param size Size

@description('The domain name of the installation, e.g. cordboard.example.com, which leads to the first stamp. Empty: none beside those of the stamps.')
param entryDomain string = ''

@description('Who gets alerts by mail. Empty: nobody, alerts are only listed in Azure Monitor.')
param alertEmail string = ''

@description('What the installation may cost a month, in the currency of the subscription; mail goes to alertEmail at 80 and 100 percent. 0: no budget.')
@minValue(0)
param monthlyBudget int = 0

@description('Name of the database account. Empty: made of the subscription and the environment. A restored account has another one.')
param cosmosAccountName string = ''

@description('First day of the budget\'s first month. The default is right.')
param budgetStart string = utcNow('yyyy-MM-01')

@description('Settings of the product beside those that the template knows, e.g. TRIAL_DAYS. No secrets: these are readable.')
param extraSettings object = {}

var abbreviations = loadJsonContent('abbreviations.json')
var token = uniqueString(subscription().id, environmentName)
var base = 'cordboard-${environmentName}'
var tags = {
  'azd-env-name': environmentName
  product: 'cordboard'
}
var endpointPrefix = '${abbreviations.frontDoorEndpoint}${base}'

resource sharedGroup 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: '${abbreviations.resourceGroup}${base}'
  location: location
  tags: tags
}

resource stampGroups 'Microsoft.Resources/resourceGroups@2024-03-01' = [
  for stamp in stamps: {
    name: '${abbreviations.resourceGroup}${base}-${stamp.name}'
    location: stamp.location
    tags: tags
  }
]

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: sharedGroup
  params: {
    name: '${abbreviations.identity}${base}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: sharedGroup
  params: {
    workspaceName: '${abbreviations.logWorkspace}${base}'
    insightsName: '${abbreviations.applicationInsights}${base}'
    actionGroupName: '${abbreviations.actionGroup}${base}'
    location: location
    tags: tags
    identity: identity.outputs.identity
    alertEmail: alertEmail
    retentionDays: size.logs.retentionDays
    dailyCapGb: size.logs.dailyCapGb
  }
}

module cosmos 'modules/cosmos.bicep' = {
  name: 'cosmos'
  scope: sharedGroup
  params: {
    name: empty(cosmosAccountName) ? '${abbreviations.cosmosAccount}${token}' : cosmosAccountName
    // Each region once, also where it has several stamps.
    locations: union(map(stamps, stamp => stamp.location), [])
    tags: tags
    identity: identity.outputs.identity
    size: size
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyVault 'modules/keyVault.bicep' = {
  name: 'key-vault'
  scope: sharedGroup
  params: {
    name: '${abbreviations.keyVault}${token}'
    location: location
    tags: tags
    identity: identity.outputs.identity
    privateOnly: size.network.private
    workspaceId: monitoring.outputs.workspaceId
  }
}

module web 'modules/web.bicep' = {
  name: 'web'
  scope: sharedGroup
  params: {
    name: '${abbreviations.staticSite}${base}'
    location: webLocation
    tags: tags
    sku: size.web
  }
}

module frontDoor 'modules/frontDoor.bicep' = {
  name: 'front-door'
  scope: sharedGroup
  params: {
    name: '${abbreviations.frontDoorProfile}${base}'
    policyName: '${abbreviations.wafPolicy}${token}'
    endpointPrefix: endpointPrefix
    tags: tags
    sku: size.frontDoor
    stamps: stamps
    entryDomain: entryDomain
    workspaceId: monitoring.outputs.workspaceId
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: sharedGroup
  params: {
    prefix: base
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    workspaceId: monitoring.outputs.workspaceId
    cosmosId: cosmos.outputs.id
    frontDoorProfileId: frontDoor.outputs.profileId
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

module stampModules 'modules/stamp.bicep' = [
  for (stamp, i) in stamps: {
    name: 'stamp-${stamp.name}'
    scope: stampGroups[i]
    params: {
      stamp: stamp
      environmentName: environmentName
      token: token
      tags: tags
      size: size
      identity: identity.outputs.identity
      // azd deploys to the one resource with the service's name; scripts/bicepStamps.ts takes the same package to the others.
      azdServiceName: i == 0 ? 'api' : 'api-${stamp.name}'
      publicUrl: 'https://${frontDoor.outputs.hostNames[i]}'
      frontDoorId: frontDoor.outputs.frontDoorId
      cosmosId: cosmos.outputs.id
      cosmosEndpoint: cosmos.outputs.endpoint
      keyVaultId: keyVault.outputs.id
      keyVaultUri: keyVault.outputs.uri
      insightsConnectionString: monitoring.outputs.connectionString
      workspaceId: monitoring.outputs.workspaceId
      actionGroupId: monitoring.outputs.actionGroupId
      extraSettings: extraSettings
    }
  }
]

module frontDoorStamps 'modules/frontDoorStamp.bicep' = [
  for (stamp, i) in stamps: {
    name: 'front-door-${stamp.name}'
    scope: sharedGroup
    params: {
      profileName: frontDoor.outputs.profileName
      endpointName: '${endpointPrefix}-${stamp.name}'
      stampName: stamp.name
      customDomainNames: concat(
        empty(stamp.domain) ? [] : ['stamp-${stamp.name}'],
        i == 0 && !empty(entryDomain) ? ['entry'] : []
      )
      functionAppHostName: stampModules[i].outputs.functionAppHostName
      webHostName: web.outputs.hostName
    }
  }
]

resource budget 'Microsoft.Consumption/budgets@2023-11-01' = if (monthlyBudget > 0 && !empty(alertEmail)) {
  name: base
  properties: {
    category: 'Cost'
    amount: monthlyBudget
    timeGrain: 'Monthly'
    timePeriod: {
      startDate: budgetStart
    }
    filter: {
      dimensions: {
        name: 'ResourceGroupName'
        operator: 'In'
        values: concat([sharedGroup.name], map(stamps, stamp => '${abbreviations.resourceGroup}${base}-${stamp.name}'))
      }
    }
    notifications: {
      nearly: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: []
        contactGroups: [
          monitoring.outputs.actionGroupId
        ]
      }
      foreseen: {
        enabled: true
        operator: 'GreaterThanOrEqualTo'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: []
        contactGroups: [
          monitoring.outputs.actionGroupId
        ]
      }
    }
  }
}

@description('Where each stamp is reached, in the order of the stamps.')
output CORDBOARD_URLS string[] = [for (stamp, i) in stamps: 'https://${frontDoor.outputs.hostNames[i]}']

@description('Resource groups of the stamps, in the order of the stamps.')
output CORDBOARD_STAMP_GROUPS string[] = [for (stamp, i) in stamps: stampGroups[i].name]

@description('Function apps of the stamps, in the order of the stamps.')
output CORDBOARD_STAMP_APPS string[] = [for (stamp, i) in stamps: stampModules[i].outputs.functionAppName]

@description('Service Bus namespaces of the stamps, in the order of the stamps, for npm run cordboard.')
output CORDBOARD_SERVICE_BUSES string[] = [for (stamp, i) in stamps: stampModules[i].outputs.serviceBusHostName]

@description('The vault whose secrets scripts/bicepKeys.ts makes.')
output CORDBOARD_KEY_VAULT string = keyVault.outputs.name

@description('Resource group of what the stamps share.')
output CORDBOARD_SHARED_GROUP string = sharedGroup.name
