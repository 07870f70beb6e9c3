#!/bin/sh
# An application on Azure App Service (Linux, Python) that proves itself by a managed identity: no secret of Entra's.
#
# For reading more than for running: needs the Azure CLI, an app registration and a web app. The tests of this project
# check its syntax; nobody has run it against Azure.
set -eu

group=shop
app=shop-api
identity=shop-identity
client_id=22222222-2222-4222-8222-222222222222 # the app registration
tenant_id=$(az account show --query tenantId --output tsv)

# 1. A managed identity, assigned to the web app, which also reads the references to Key Vault with it.
az identity create --resource-group "$group" --name "$identity"
identity_id=$(az identity show --resource-group "$group" --name "$identity" --query id --output tsv)
identity_object_id=$(az identity show --resource-group "$group" --name "$identity" --query principalId --output tsv)
az webapp identity assign --resource-group "$group" --name "$app" --identities "$identity_id"
az webapp update --resource-group "$group" --name "$app" --set "keyVaultReferenceIdentity=$identity_id"

# 2. The app registration trusts the identity.
az ad app federated-credential create --id "$client_id" --parameters "$(
  cat <<JSON
{
  "name": "$identity",
  "issuer": "https://login.microsoftonline.com/$tenant_id/v2.0",
  "subject": "$identity_object_id",
  "audiences": ["api://AzureADTokenExchange"]
}
JSON
)"

# 3. Settings, start, and the path that the platform asks for whether the application lives.
az webapp config appsettings set --resource-group "$group" --name "$app" --settings @app-service.settings.json
az webapp config set --resource-group "$group" --name "$app" \
  --startup-file "gunicorn -c gunicorn.conf.py main:app" \
  --generic-configurations '{"healthCheckPath": "/healthz"}'
az webapp update --resource-group "$group" --name "$app" --https-only true --client-affinity-enabled false

# 4. The application signs users in itself.
az webapp auth update --resource-group "$group" --name "$app" --enabled false
