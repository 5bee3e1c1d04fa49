metadata description = 'A stamp\'s function app on Flex Consumption. Its package comes by azd or az, never from here.'

import { Identity, Size } from '../types.bicep'

@description('Name of the app.')
param name string

@description('Name of its plan.')
param planName string

@description('Region.')
param location string

@description('Tags of each resource.')
param tags object

@description('The service of azure.yaml whose package goes here.')
param azdServiceName string

@description('The identity as which it runs.')
param identity Identity

@description('How large.')
param size Size

@description('Name of the storage account for its package and leases.')
param hostStorageName string

@description('Where its package lies.')
param deploymentContainerUrl string

@description('Resource id of the subnet it is in. Empty: none.')
param subnetId string

@description('The id by which Front Door marks what it passes on: all else is refused.')
param frontDoorId string

@description('Names and values that the product reads (shared/platform/config/config.ts).')
param settings object

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

// What the Functions host reads, not the product.
var hostSettings = {
  AzureWebJobsStorage__accountName: hostStorageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.clientId
  SERVICEBUS__credential: 'managedidentity'
  SERVICEBUS__clientId: identity.clientId
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identity.clientId}'
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: size.functions.zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': azdServiceName })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'node'
        version: '24'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: size.functions.memory
        maximumInstanceCount: size.functions.maximumInstances
        alwaysReady: size.functions.alwaysReady > 0
          ? [
              {
                name: 'http'
                instanceCount: size.functions.alwaysReady
              }
            ]
          : []
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      ipSecurityRestrictionsDefaultAction: 'Deny'
      ipSecurityRestrictions: [
        {
          name: 'our-front-door'
          action: 'Allow'
          priority: 100
          tag: 'ServiceTag'
          ipAddress: 'AzureFrontDoor.Backend'
          headers: {
            'x-azure-fdid': [
              frontDoorId
            ]
          }
        }
      ]
      // Packages come here, by whoever has the role for it.
      scmIpSecurityRestrictionsDefaultAction: 'Allow'
    }
  }
}

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(hostSettings, settings)
}

resource noFtpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noPublishingPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: app
  properties: {
    workspaceId: workspaceId
    // Its logs come by Application Insights.
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('Name of the app.')
output name string = app.name

@description('Host name, which answers to Front Door only.')
output hostName string = app.properties.defaultHostName
