import type { CommandName } from "../CommandLine.js"

/**
 * A one-line description of each command.
 *
 * @internal
 */
export const summaries: { readonly [command in CommandName]: string } = {
  token: "Print a valid access token and nothing else; logs in or refreshes if necessary",
  refresh: "Get a new pair now, even if the current pair is valid",
  status: "Show the stored pair and its expiry times; sends no request, shows no secret",
  login: "Log in and store the pair; asks for the password without echo",
  logout: "Delete the stored pair and the remembered password; sends no request",
  call: "Call the platform with the token and print the data of the response as JSON",
  doctor: "Check settings, store, network and clock; --probe tests what the platform's document leaves open",
  sandbox: "Run an emulated platform on this machine until Ctrl-C"
}
