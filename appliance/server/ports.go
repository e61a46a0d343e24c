package server

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/lan"
	"harmonium/appliance/porter"
	"harmonium/appliance/systemd"
)

// The names of the sockets that systemd hands over (FileDescriptorName= in the socket units).
const (
	socketHTTP  = "http"
	socketHTTPS = "https"
)

// What systemd hands over of the sealed server are Unix sockets of this name: a porter brings to each the visitors of the
// port for which its file is named, https.sock or http.sock.
const socketInside = "inside"

// The ports of the sealed server, as far as it knows; the address of each connection says more.
const (
	portHTTP  = 80
	portHTTPS = 443
)

// port is where visitors come in: a TCP socket, or a Unix socket to which a porter brings them.
type port interface {
	net.Listener
	SetDeadline(time.Time) error
}

// ports are the sockets at which the box answers: those that it opens by itself, or all that systemd has opened for
// it. Those of systemd stay open while the server ends and is started again; who connects meanwhile waits.
type ports struct {
	http, https []port
	handed      bool // by systemd
}

// openPorts takes the sockets of systemd, or opens those that are set.
func openPorts(cfg Config) (ports, error) {
	handed, err := systemd.Sockets()
	if err != nil {
		return ports{}, err
	}
	if len(handed) > 0 {
		p, err := takePorts(handed)
		if err == nil {
			err = p.fit(cfg.TLS)
		}
		if err != nil {
			return ports{}, errors.Join(err, p.close())
		}
		return p, nil
	}
	l, err := openPort(cfg.Listen, "listen")
	if err != nil {
		return ports{}, err
	}
	if cfg.TLS == lan.ModeNone {
		return ports{http: []port{l}}, nil
	}
	p := ports{https: []port{l}}
	if cfg.ListenHTTP != "" {
		l, err := openPort(cfg.ListenHTTP, "listen-http")
		if err != nil {
			return ports{}, errors.Join(err, p.close())
		}
		p.http = append(p.http, l)
	}
	return p, nil
}

func openPort(at, setting string) (*net.TCPListener, error) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		return nil, &appliance.Error{Code: appliance.CodeConflict, Err: err, Message: fmt.Sprintf(
			"The address %s cannot be listened at: another program has it, or this machine does not. "+
				"Stop that program, or choose another address with --%s.", at, setting)}
	}
	return l.(*net.TCPListener), nil
}

// fit says why the sockets do not fit the setting tls; nil when they do.
func (p ports) fit(mode lan.Mode) error {
	switch {
	case mode == lan.ModeNone && len(p.https) > 0:
		return appliance.Errorf(appliance.CodeValidation, "systemd hands over a socket for HTTPS, but the setting tls is none. "+
			"Nothing was started. Set tls to self, or stop that socket.")
	case mode != lan.ModeNone && len(p.https) == 0:
		return appliance.Errorf(appliance.CodeValidation, "The setting tls is %s, but systemd hands over no socket for HTTPS "+
			"(FileDescriptorName=%s). Nothing was started.", mode, socketHTTPS)
	}
	return nil
}

// main is the socket whose port host pages are at.
func (p ports) main(mode lan.Mode) port {
	if mode == lan.ModeNone {
		return p.http[0]
	}
	return p.https[0]
}

// plain is the address of plain HTTP beside HTTPS, "" when there is none.
func (p ports) plain(mode lan.Mode) string {
	if mode == lan.ModeNone || len(p.http) == 0 {
		return ""
	}
	return p.http[0].Addr().String()
}

// takePorts sorts the sockets of systemd by their names. One with another name is refused: connections to it would
// never be answered.
func takePorts(handed map[string][]net.Listener) (ports, error) {
	p := ports{handed: true}
	var wrong error
	for _, name := range slices.Sorted(maps.Keys(handed)) {
		for _, l := range handed[name] {
			if !p.take(name, l) {
				l.Close()
				wrong = appliance.Errorf(appliance.CodeValidation, "systemd hands over a socket with the name %q at %s, which is "+
					"not for this server. Nothing was started. The unit of a TCP socket must have FileDescriptorName=%s or %s, "+
					"that of the Unix sockets https.sock and http.sock of the porter %s.", name, l.Addr(), socketHTTP, socketHTTPS, socketInside)
			}
		}
	}
	if wrong != nil {
		return ports{}, errors.Join(wrong, p.close())
	}
	return p, nil
}

// take puts a socket where it belongs by its name and kind; false when it belongs nowhere.
func (p *ports) take(name string, l net.Listener) bool {
	switch l := l.(type) {
	case *net.TCPListener:
		switch name {
		case socketHTTP:
			p.http = append(p.http, l)
			return true
		case socketHTTPS:
			p.https = append(p.https, l)
			return true
		}
	case *net.UnixListener:
		switch file := filepath.Base(l.Addr().String()); {
		case name == socketInside && file == "http.sock":
			p.http = append(p.http, porter.Listen(l, portHTTP))
			return true
		case name == socketInside && file == "https.sock":
			p.https = append(p.https, porter.Listen(l, portHTTPS))
			return true
		}
	}
	return false
}

// close closes all of them; twice does no harm.
func (p ports) close() error {
	var all error
	for _, l := range slices.Concat(p.http, p.https) {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			all = errors.Join(all, err)
		}
	}
	return all
}
