/** A signed-in client of the API, for tests that act as agents do. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every route
  readonly body: any;
}

export interface ApiClient {
  readonly accessToken: string;
  request(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
  get(path: string): Promise<ApiAnswer>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
}

/** `path` is below `/api/`. */
export async function callApi(
  baseUrl: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  const response = await fetch(`${baseUrl}/api/${path}`, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

export async function signIn(baseUrl: string, tenant: string, email: string, password: string): Promise<ApiClient> {
  const { status, body } = await callApi(baseUrl, "POST", "auth/login", { tenant, email, password });
  if (status !== 200) throw new Error(`Sign-in answered ${status}: ${JSON.stringify(body)}`);
  return clientWith(baseUrl, body.accessToken);
}

export function clientWith(baseUrl: string, accessToken: string): ApiClient {
  const authorization = `Bearer ${accessToken}`;
  const request: ApiClient["request"] = (method, path, body, headers = {}) =>
    callApi(baseUrl, method, path, body, { authorization, ...headers });
  return {
    accessToken,
    request,
    get: (path) => request("GET", path),
    post: (path, body, headers) => request("POST", path, body ?? {}, headers),
  };
}
