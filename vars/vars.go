// Package vars holds nginx's variables ($host, $arg_x, $1) and its complex values ("$scheme://$host/x").
//
// A Table lists the variables of one http{} or stream{} block. While the config is read, modules add definitions and
// texts are compiled into Values; Finish then binds every name that was used to its definition. While serving, a Value
// appends itself to a []byte, reading from a Subject (an exchange or a stream session), whose State caches what nginx
// caches. After warm-up an evaluation allocates nothing.
package vars

// Subject is what variables are read from: an HTTP exchange or a stream session.
type Subject interface{ VarState() *State }

// Reporter is a Subject that writes an error that happened during an evaluation, or a match that failed other than by not
// matching, to its error log. Texts are nginx's.
type Reporter interface {
	VariableError(text string)
	MatchError(text string)
}

// Getter appends the value of a variable to dst; false means "not found": nothing was appended, and the variable
// renders as "" (in an access log as "-").
type Getter func(s Subject, dst []byte) ([]byte, bool)

// Setter carries out an assignment (`set $args …`). It must not keep value.
type Setter func(s Subject, value []byte)

// Def defines one variable, or with Prefix a family of them.
type Def struct {
	// Name without the "$"; with Prefix the common start of the family ("http_").
	Name string
	// Get reads the value. It may be nil only with Prefix, or with Set absent for a variable that exists by assignment alone.
	Get Getter
	// Set carries out an assignment; nil: the value is kept in the State, and hides Get until the State is reset.
	Set Setter
	// Prefix makes this a family: every variable that starts with Name and is not defined by itself gets its getter from
	// GetNamed, once, at the end of the block. The argument is the name without the prefix, in lower case.
	Prefix   bool
	GetNamed func(name string) Getter
	// Cached keeps the first value read for the rest of the exchange, found or not. nginx caches unless its definition is
	// marked NOCACHEABLE; what is constant during an exchange and cheap to read is better left uncached here.
	Cached bool
	// Changeable allows further definitions of the same name (`map`, `set`, named captures); they replace Get.
	Changeable bool
	// Weak leaves an existing definition, or a family that the name belongs to, in force: `set $x` declares $x with it.
	Weak bool
}
