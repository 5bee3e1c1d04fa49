/** Whether a host of a URL is this machine by its very name, so that what is said to it stays here. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname);
}
