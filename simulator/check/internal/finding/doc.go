// Package finding has what checkers say: rules, verdicts, and a list that names a thing once.
package finding
