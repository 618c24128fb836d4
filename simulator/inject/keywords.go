package inject

// The words that begin a part of a rule's text.
const (
	afterWord   = "after"
	commitWord  = "commit"
	delayedWord = "delayed"
	ifWord      = "if"
	burstWord   = "burst"
	byWord      = "by"
)

// Other spellings of actions.
const (
	loseWord    = "lose"
	requestWord = "request"
	answerWord  = "answer"
)

// notCodes are the words that cannot be an error code, because another begins with them.
var notCodes = map[string]bool{afterWord: true, delayedWord: true, ifWord: true, notWord: true, andWord: true,
	orWord: true}

// Words between conditions.
const (
	andWord = "and"
	orWord  = "or"
	notWord = "not"
)

// Keys of a rule's text. Table and queue stand for container and the service.
const (
	serviceKey   = "service"
	containerKey = "container"
	nameKey      = "name"
	pKey         = "p"
	timesKey     = "times"
	nthKey       = "nth"
	everyKey     = "every"
)
