@export()
@description('One region that serves on its own: its function app, queues, files and live updates.')
type Stamp = {
  @description('A short name in lower case, e.g. eu. It is part of resource names: changing it makes a new stamp.')
  @minLength(1)
  @maxLength(6)
  name: string

  @description('The Azure region, e.g. westeurope. It must offer Flex Consumption.')
  location: string

  @description('The domain name that people and providers use, e.g. eu.cordboard.example.com. Empty: the name that Front Door gives.')
  domain: string

  @description('Address space of the virtual network; at least /23. It matters only to networks that are peered with it.')
  addressPrefix: string
}

@export()
@description('How large, how available and how private an installation is. The files in sizes/ are of this type.')
type Size = {
  @description('The database.')
  cosmos: {
    @description('serverless bills each request and allows one region; autoscale bills the highest throughput of each hour.')
    mode: 'autoscale' | 'serverless'

    @description('Request units a second at most, shared by all containers; a multiple of 1000. Unused when serverless.')
    @minValue(1000)
    maxThroughput: int

    @description('Whether each region takes writes. An account has this for all its containers; the directory and the configuration need it.')
    multiRegionWrites: bool

    @description('Whether each region spreads over availability zones.')
    zoneRedundant: bool

    @description('How far back it can be restored. Thirty days are paid by the GB, seven are not. Unused with multiRegionWrites.')
    backup: 'Continuous30Days' | 'Continuous7Days'
  }

  @description('Tier of Service Bus. Standard has sessions and duplicate detection; Premium adds private endpoints and costs about 60 times as much when idle.')
  serviceBus: 'Premium' | 'Standard'

  @description('Live updates.')
  webPubSub: {
    @description('Free_F1 carries 20 connections and no service level; private endpoints need Standard_S1.')
    sku: 'Free_F1' | 'Standard_S1'

    @description('Units of 1,000 connections each.')
    @minValue(1)
    units: int
  }

  @description('The function app.')
  functions: {
    @description('Memory of an instance in MB.')
    memory: 512 | 2048 | 4096

    @description('Instances at most; 40 is the least that Flex Consumption allows.')
    @minValue(40)
    @maxValue(1000)
    maximumInstances: int

    @description('Instances kept warm for HTTP, which pay for themselves in the absence of cold starts. 0: none.')
    @minValue(0)
    alwaysReady: int

    @description('Whether instances spread over availability zones.')
    zoneRedundant: bool
  }

  @description('Redundancy of files and of the functions\' package.')
  storage: 'Standard_GRS' | 'Standard_LRS' | 'Standard_ZRS'

  @description('Tier of Front Door. Standard has the web application firewall with our own rules, Premium adds Microsoft\'s managed rules.')
  frontDoor: 'Premium_AzureFrontDoor' | 'Standard_AzureFrontDoor'

  @description('Tier of the hosting of the browser app. Standard has a service level.')
  web: 'Free' | 'Standard'

  @description('The network of each stamp.')
  network: {
    @description('Whether databases, files, keys and live updates are reached by private endpoints only. Service Bus joins them on Premium.')
    private: bool

    @description('Whether all outgoing requests of a stamp come from one address (a NAT gateway), for those who let only known addresses in.')
    fixedOutgoingAddress: bool
  }

  @description('Logs.')
  logs: {
    @description('Days that logs are kept.')
    @minValue(30)
    @maxValue(730)
    retentionDays: int

    @description('GB a day after which no more is taken in, so that a fault cannot cost without limit.')
    @minValue(1)
    dailyCapGb: int
  }
}

@export()
@description('The identity as which the product acts.')
type Identity = {
  @description('Resource id.')
  id: string

  @description('Object id, to which roles are given.')
  principalId: string

  @description('Client id, by which SDKs choose it.')
  clientId: string
}
