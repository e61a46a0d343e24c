package appliance

// Contact is what an organisation tells everybody who uses its box, in its own words.
type Contact struct {
	Contact string `json:"contact"` // whom to ask; at most MaxContact characters
	Imprint string `json:"imprint"` // who is responsible for the box; likewise
}

// MaxContact bounds each text of a Contact, in characters.
const MaxContact = 4_000

// Validate fails with CodeValidation when a text is too long.
func (c Contact) Validate() error {
	var p Problems
	CheckText(&p, "contact", c.Contact, MaxContact, false)
	CheckText(&p, "imprint", c.Imprint, MaxContact, false)
	return p.Err()
}
