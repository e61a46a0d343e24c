package appliance

// Character says who speaks in a rehearsal: the host, or how a simulated participant behaves. A conversation with one is
// marked as a rehearsal for ever, and kept out of results unless a host lets it in.
type Character string

// The characters. "" is no rehearsal.
const (
	CharacterHost      Character = "host"            // a host who tries the session out
	CharacterPlain     Character = "plain"           // answers what is asked
	CharacterTerse     Character = "terse"           // says as little as possible
	CharacterTalkative Character = "talkative"       // says a lot, and more than was asked
	CharacterHostile   Character = "hostile"         // distrusts, complains, insults
	CharacterOffTopic  Character = "off_topic"       // speaks of something else
	CharacterSecond    Character = "second_language" // writes simply and with mistakes, and does not understand everything
)

// Simulated lists the characters that the box can play.
func Simulated() []Character {
	return []Character{CharacterPlain, CharacterTerse, CharacterTalkative, CharacterHostile, CharacterOffTopic, CharacterSecond}
}

// MaxRehearsals bounds how many rehearsals of a session are kept at a time.
const MaxRehearsals = 30
