metadata description = 'A stamp\'s live updates to browsers.'

import { Identity } from '../types.bicep'

@description('Name of the service.')
param name string

@description('Region.')
param location string

@description('Tags of each resource.')
param tags object

@description('The identity that publishes and makes addresses for browsers.')
param identity Identity

@description('Tier.')
@allowed([
  'Free_F1'
  'Standard_S1'
])
param sku string

@description('Units of 1,000 connections.')
param units int

@description('Whether the product reaches it by a private endpoint only. Browsers connect publicly, with an address made for them.')
param privateOnly bool

@description('Name of the hub.')
param hub string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

var roles = loadJsonContent('../roles.json')

resource service 'Microsoft.SignalRService/webPubSub@2024-03-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
    capacity: units
  }
  properties: {
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
    tls: {
      clientCertEnabled: false
    }
    // What is not denied is allowed: a private endpoint that is not listed follows the default action, and its name here is
    // one that Azure makes up.
    networkACLs: privateOnly
      ? {
          defaultAction: 'Allow'
          publicNetwork: {
            deny: [
              'RESTAPI'
              'ServerConnection'
              'Trace'
            ]
          }
        }
      : null
  }
}

resource hubSettings 'Microsoft.SignalRService/webPubSub/hubs@2024-03-01' = {
  parent: service
  name: hub
  properties: {
    anonymousConnectPolicy: 'deny'
  }
}

resource mayPublish 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, identity.principalId, roles['Web PubSub Service Owner'])
  scope: service
  properties: {
    principalId: identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles['Web PubSub Service Owner'])
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: service
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'audit'
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

@description('Resource id of the service.')
output id string = service.id

@description('Where it is, e.g. https://name.webpubsub.azure.com.')
output endpoint string = 'https://${service.properties.hostName}'
