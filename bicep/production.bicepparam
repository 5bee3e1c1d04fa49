// Two stamps, each under its own name. Put your own domain names here before you deploy it.
using 'main.bicep'

param environmentName = 'production'
param location = 'westeurope'
param stamps = [
  {
    name: 'eu'
    location: 'westeurope'
    domain: 'eu.cordboard.example.com'
    addressPrefix: '10.60.0.0/20'
  }
  {
    name: 'us'
    location: 'eastus2'
    domain: 'us.cordboard.example.com'
    addressPrefix: '10.61.0.0/20'
  }
]
param size = loadJsonContent('sizes/production.json')
param entryDomain = 'cordboard.example.com'
param alertEmail = readEnvironmentVariable('CORDBOARD_ALERT_EMAIL', '')
param monthlyBudget = int(readEnvironmentVariable('CORDBOARD_MONTHLY_BUDGET', '1500'))
param cosmosAccountName = readEnvironmentVariable('CORDBOARD_COSMOS_ACCOUNT', '')
