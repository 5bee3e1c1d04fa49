metadata description = 'Sends what the system itself writes: verifications, invitations, new passwords. Everything here is global.'

import { Identity } from '../types.bicep'

@description('Name of the Communication Services resource.')
param name string

@description('Name of the Email Communication Services resource, which has the domain.')
param emailName string

@description('Tags of each resource.')
param tags object

@description('The identity that sends.')
param identity Identity

@description('Where mail rests while it is sent, e.g. Europe or United States. It cannot be changed.')
param dataLocation string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

var roles = loadJsonContent('../roles.json')
var role = roles['Communication and Email Service Owner']

resource emailService 'Microsoft.Communication/emailServices@2025-05-01' = {
  name: emailName
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
  }
}

// Azure's own domain needs no DNS records; the name is the only one that it may have.
resource domain 'Microsoft.Communication/emailServices/domains@2025-05-01' = {
  parent: emailService
  name: 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'AzureManaged'
    // It would lead links, and the tokens in them, past a server of Azure's.
    userEngagementTracking: 'Disabled'
  }
}

resource service 'Microsoft.Communication/communicationServices@2025-05-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
    linkedDomains: [
      domain.id
    ]
  }
}

// Of Azure's own roles the only one that may send (learn.microsoft.com/azure/role-based-access-control/built-in-roles), here alone.
resource maySend 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, identity.principalId, role)
  scope: service
  properties: {
    principalId: identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}

// Requests to send only: the other categories name recipients.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-log-analytics'
  scope: service
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'EmailSendMailOperational'
        enabled: true
      }
    ]
  }
}

@description('Where it is, e.g. https://name.europe.communication.azure.com.')
output endpoint string = 'https://${service.properties.hostName}'

@description('The one address that may send.')
output sender string = 'DoNotReply@${domain.properties.fromSenderDomain}'
