metadata description = 'Static hosting of the browser app. Its files are the same for all stamps; Front Door adds the API of each.'

@description('Name of the static web app.')
param name string

@description('Region of its settings; the files are spread over the world. Few regions offer it: westeurope, eastus2, centralus, westus2, eastasia.')
param location string

@description('Tags of each resource.')
param tags object

@description('Tier.')
@allowed([
  'Free'
  'Standard'
])
param sku string

resource site 'Microsoft.Web/staticSites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'web' })
  sku: {
    name: sku
    tier: sku
  }
  properties: {
    allowConfigFileUpdates: true
    stagingEnvironmentPolicy: 'Disabled'
  }
}

@description('Host name that Front Door asks for files.')
output hostName string = site.properties.defaultHostname
