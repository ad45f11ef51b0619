// What azd deploys for the service `shop`: the template of ../bicep, with what azd knows.
using '../../bicep/main.bicep'

param app = 'shop'
param location = readEnvironmentVariable('AZURE_LOCATION')
param environmentId = readEnvironmentVariable('CONTAINER_APPS_ENVIRONMENT_ID')
// azd sets it when it has pushed the image of the service.
param image = readEnvironmentVariable('SERVICE_SHOP_IMAGE_NAME')
param exists = bool(readEnvironmentVariable('SHOP_EXISTS', 'true'))
