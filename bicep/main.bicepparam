// What `azd up` deploys: one stamp, of the size that CORDBOARD_SIZE names. For more, deploy with a file like production.bicepparam.
using 'main.bicep'

var sizes = {
  dev: loadJsonContent('sizes/dev.json')
  test: loadJsonContent('sizes/test.json')
  production: loadJsonContent('sizes/production.json')
}

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param stamps = [
  {
    name: 'a'
    location: readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
    domain: readEnvironmentVariable('CORDBOARD_DOMAIN', '')
    addressPrefix: '10.40.0.0/20'
  }
]
param size = sizes[readEnvironmentVariable('CORDBOARD_SIZE', 'dev')]
param alertEmail = readEnvironmentVariable('CORDBOARD_ALERT_EMAIL', '')
param monthlyBudget = int(readEnvironmentVariable('CORDBOARD_MONTHLY_BUDGET', '100'))
param cosmosAccountName = readEnvironmentVariable('CORDBOARD_COSMOS_ACCOUNT', '')
