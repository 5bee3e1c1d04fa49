metadata description = 'The one identity as which the product acts. All its rights are role assignments beside what they are for.'

import { Identity } from '../types.bicep'

@description('Name of the identity.')
param name string

@description('Region.')
param location string

@description('Tags of each resource.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
  tags: tags
}

@description('The identity, for those who give it roles or run as it.')
output identity Identity = {
  id: identity.id
  principalId: identity.properties.principalId
  clientId: identity.properties.clientId
}
