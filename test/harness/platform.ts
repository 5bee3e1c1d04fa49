/** Which edition the installations of a test are: `CORDBOARD_PLATFORM=azure vitest run …` runs the same tests on Azure's engines. */
export const ON_AZURE = process.env.CORDBOARD_PLATFORM === "azure";
