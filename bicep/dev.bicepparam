using 'main.bicep'

param environmentName = 'dev'
param location = 'westeurope'
param stamps = [
  {
    name: 'a'
    location: 'westeurope'
    domain: ''
    addressPrefix: '10.40.0.0/20'
  }
]
param size = loadJsonContent('sizes/dev.json')
param alertEmail = readEnvironmentVariable('CORDBOARD_ALERT_EMAIL', '')
param monthlyBudget = int(readEnvironmentVariable('CORDBOARD_MONTHLY_BUDGET', '100'))
param cosmosAccountName = readEnvironmentVariable('CORDBOARD_COSMOS_ACCOUNT', '')
