/** Settings with which the program starts as on Azure. They reach nothing, and nothing is reached while it only starts. */
export const EXAMPLE_SETTINGS: Readonly<Record<string, string>> = {
  CORDBOARD_PLATFORM: "azure",
  PUBLIC_URL: "https://cordboard.example.com",
  CORDBOARD_REGION: "westeurope",
  COSMOS_ENDPOINT: "https://example.documents.azure.com",
  SERVICEBUS__fullyQualifiedNamespace: "example.servicebus.windows.net",
  STORAGE__blobServiceUri: "https://example.blob.core.windows.net",
  WEBPUBSUB_ENDPOINT: "https://example.webpubsub.azure.com",
  KEYVAULT_URI: "https://example.vault.azure.net",
  WHATSAPP_APP_SECRET: "example-app-secret",
  WHATSAPP_VERIFY_TOKEN: "example-verify-token",
};
