import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const API = "http://localhost:7071";

const FIRST =
  "provider|theme|tokens|shared-contexts|jsx-runtime|utilities|tabster|motion|text|button|link|input|field|label|spinner|card|message-bar";

/**
 * Libraries change seldom and the desk often: apart from each other, a release leaves most of a browser's cache valid.
 * Fluent comes in two parts, because signing in needs only the first.
 */
const vendors = [
  { name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
  { name: "tanstack", test: /node_modules[\\/]@tanstack[\\/](?!.*virtual)/ },
  {
    name: "fluent",
    test: new RegExp(`node_modules[\\\\/](@griffel|tabster|keyborg|@fluentui[\\\\/](react-)?(${FIRST}))[\\\\/]`),
  },
  { name: "fluent-desk", test: /node_modules[\\/](@fluentui[\\/](?!react-icons)|@floating-ui)/ },
];

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 700,
    rolldownOptions: { output: { codeSplitting: { groups: vendors } } },
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: API, ws: true }, "/simulator": { target: API, ws: true } },
  },
});
