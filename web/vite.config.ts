import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const API = "http://localhost:7071";

/** Libraries change seldom and the desk often: apart from each other, a release leaves most of a browser's cache valid. */
const vendors = [
  { name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
  { name: "tanstack", test: /node_modules[\\/]@tanstack[\\/]/ },
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
