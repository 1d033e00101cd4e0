import type * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import type * as SchemaIssue from "effect/SchemaIssue"
import { sanitize } from "../redact.js"

/**
 * Names the fields of a value that do not fit its schema. A formatted issue would print the value, which may be a token.
 * The keys of a record are text of the platform, too.
 */
export const issuePaths = (error: Schema.SchemaError, secrets: Iterable<Redacted.Redacted> = []): string => {
  const named = [...new Set(paths(error.issue, []))].filter((path) => path !== "").slice(0, 5)
  return named.length === 0
    ? "not of the expected form"
    : `${sanitize(named.join(", "), secrets)} missing or not of the expected form`
}

const paths = (issue: SchemaIssue.Issue, parent: ReadonlyArray<PropertyKey>): ReadonlyArray<string> => {
  const path = issue._tag === "Pointer" ? parent.concat(issue.path) : parent
  return "issues" in issue && issue.issues.length > 0
    ? issue.issues.flatMap((each) => paths(each, path))
    : "issue" in issue
    ? paths(issue.issue, path)
    : [path.map(String).join(".")]
}
