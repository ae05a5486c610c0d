/** What real BMCs do, one at a time. Applied by `redfish/`. */
export type BmcQuirk =
  /** SessionService answers 404: only basic authentication is left. */
  | { readonly name: 'no-sessions' }
  /** These reset types answer 501 and are not in the list of allowable values. */
  | { readonly name: 'reset-types-missing'; readonly types: readonly string[] }
  /** The list of allowable values is not there at all. */
  | { readonly name: 'no-allowable-values' }
  /** PATCH without If-Match answers 428, with another ETag 412. */
  | { readonly name: 'etag-required' }
  /** Shows PoweringOn and PoweringOff for so long. */
  | { readonly name: 'slow-transitions'; readonly ms: number }
  /** Takes every order with 204 and does nothing; the state that it shows is the one that was asked for. */
  | { readonly name: 'lies' }
  /** Takes every order and does nothing; the state that it shows is true. */
  | { readonly name: 'ignores-orders' }
  /** Takes the boot override and does not keep it. */
  | { readonly name: 'forgets-boot-override' }
  /** Knows Continuous only. */
  | { readonly name: 'no-boot-once' }
  /** Every login is refused. */
  | { readonly name: 'refuses-login' }
  /** So many requests answer 503 with Retry-After, then it works. */
  | { readonly name: 'unavailable'; readonly requests: number }
  /** Requests get no answer. */
  | { readonly name: 'hangs' }
  /** So many connections are cut in the middle of the answer, then it works. */
  | { readonly name: 'drops-connections'; readonly requests: number }
  /** PATCH and actions answer 202 with a task. */
  | { readonly name: 'answers-with-tasks' }
  /** Takes the order to close itself to the machine with 204, and stays open. */
  | { readonly name: 'keeps-host-interface' }
  /** Answers HTML where JSON should be. */
  | { readonly name: 'speaks-html' };

export type BmcFault = { readonly kind: 'bmc'; readonly quirk: BmcQuirk };
