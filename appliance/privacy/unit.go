package privacy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Unit is what systemd lets one unit of the box do on the network.
type Unit struct {
	Name     string   `json:"name"`
	Active   bool     `json:"active"`
	Private  bool     `json:"private_network"` // its processes see a network of their own
	Joins    []string `json:"joins"`           // the units whose private network that is
	Families []string `json:"families"`        // of sockets that it may make: AF_UNIX and so on; "~" before the first: all but these
	Allow    []string `json:"allow"`           // addresses that the kernel lets its packets come from and go to
	Deny     []string `json:"deny"`            // and does not, unless they are among those
	Bind     []string `json:"bind"`            // ports that it may listen at; with nothing refused, any
	NoBind   []string `json:"no_bind"`         // ports that it may not listen at, unless they are among those
}

// maxUnits bounds the file that ReadUnits reads, in bytes.
const maxUnits = 256 << 10

// ReadUnits reads what harmonium-rules.service has written down: blocks of lines NAME=VALUE, as systemctl show prints
// them. Path "" and a file that is not there give none.
func ReadUnits(path string) ([]Unit, error) {
	list := []Unit{}
	if path == "" {
		return list, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err != nil || len(raw) > maxUnits {
		return list, errors.Join(err, fmt.Errorf("read the rules of the units: %s cannot be used", path))
	}
	for block := range strings.SplitSeq(string(raw), "\n\n") {
		if u := readUnit(block); u.Name != "" {
			list = append(list, u)
		}
	}
	return list, nil
}

func readUnit(block string) Unit {
	u := Unit{Joins: []string{}, Families: []string{}, Allow: []string{}, Deny: []string{}, Bind: []string{}, NoBind: []string{}}
	lists := map[string]*[]string{"JoinsNamespaceOf": &u.Joins, "RestrictAddressFamilies": &u.Families, "IPAddressAllow": &u.Allow,
		"IPAddressDeny": &u.Deny, "SocketBindAllow": &u.Bind, "SocketBindDeny": &u.NoBind}
	for line := range strings.Lines(block) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "Id":
			u.Name = value
		case "ActiveState":
			u.Active = value == "active" || value == "activating" || value == "reloading"
		case "PrivateNetwork":
			u.Private = value == "yes"
		}
		if list := lists[name]; list != nil {
			*list = append(*list, strings.Fields(value)...)
		}
	}
	return u
}
