using 'main.bicep'

param environmentName = 'test'
param location = 'westeurope'
param stamps = [
  {
    name: 'a'
    location: 'westeurope'
    domain: ''
    addressPrefix: '10.50.0.0/20'
  }
]
param size = loadJsonContent('sizes/test.json')
param alertEmail = readEnvironmentVariable('CORDBOARD_ALERT_EMAIL', '')
param monthlyBudget = int(readEnvironmentVariable('CORDBOARD_MONTHLY_BUDGET', '300'))
param cosmosAccountName = readEnvironmentVariable('CORDBOARD_COSMOS_ACCOUNT', '')
