import type { CommandName } from "../CommandLine.js"

/**
 * What each command does, in one line.
 *
 * @internal
 */
export const summaries: { readonly [command in CommandName]: string } = {
  token: "Print an access token that is good, and nothing else; signs in or renews if need be",
  refresh: "Get a new pair now, also while the present one is good",
  status: "Show what is stored and how long each half still lives; sends nothing, shows no secret",
  login: "Sign in and store the pair; asks for the password without echo",
  logout: "Drop the stored pair and a remembered password; sends nothing",
  call: "Call the platform with the token and print the data of its answer as JSON",
  doctor: "Check settings, store, network and clock; with --probe ask the platform what its document leaves open",
  sandbox: "Run an emulated platform on this machine until Ctrl-C"
}
