package server

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
	"harmonium/appliance/lan"
	"harmonium/appliance/porter"
	"harmonium/appliance/systemd"
)

// The names of the sockets that systemd hands over (FileDescriptorName= in the socket units).
const (
	socketHTTP  = "http"
	socketHTTPS = "https"
)

// The sockets in the directory of the porter, at which it waits for the server: one for each port.
const (
	porterHTTP  = "http.sock"
	porterHTTPS = "https.sock"
)

// The ports of the sealed server, as far as it knows; the address of each connection says more.
const (
	portHTTP  = 80
	portHTTPS = 443
)

// port is where visitors come in: a TCP socket, or the porter who brings them.
type port interface {
	net.Listener
	SetDeadline(time.Time) error
}

// ports are where the box answers: sockets that it opens by itself, all that systemd has opened for it, or what a porter
// brings. Sockets of systemd stay open while the server ends and is started again; who connects meanwhile waits.
type ports struct {
	http, https []port
}

// openPorts takes the sockets of systemd, or what a porter brings, or opens those that are set.
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
	if cfg.Porter != "" {
		return cfg.porterPorts(), nil
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

// porterPorts are the ports of the sealed server, which holds no socket of them.
func (c Config) porterPorts() ports {
	http, https := filepath.Join(c.Porter, porterHTTP), filepath.Join(c.Porter, porterHTTPS)
	dial := egress.New(egress.Options{Sockets: []string{http, https}}).DialContext
	p := ports{http: []port{porter.Listen(dial, http, portHTTP)}}
	if c.TLS != lan.ModeNone {
		p.https = []port{porter.Listen(dial, https, portHTTPS)}
	}
	return p
}

func openPort(at, setting string) (*net.TCPListener, error) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		what, todo := unheard(at, setting, err)
		return nil, &appliance.Error{Code: appliance.CodeConflict, Err: err, Message: what + " Nothing was changed. " + todo}
	}
	return l.(*net.TCPListener), nil
}

// unheard says why an address that a setting names cannot be listened at, and what to do about it.
func unheard(at, setting string, err error) (what, todo string) {
	why, first := err.Error(), "Correct the setting "+setting
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		why, first = "another program has it", "Stop that program"
	case errors.Is(err, syscall.EACCES):
		why, first = "this account may not use that port", "Take a port from 1024 on"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		why, first = "this machine does not have it", "Take one that harmonium lan addresses lists"
	case errors.Is(err, syscall.EAFNOSUPPORT):
		why, first = "this machine has no IPv6", "Leave the address out, as in :8080"
	}
	return fmt.Sprintf("The address %s cannot be listened at: %s.", at, why), first + ", or choose another address with --" + setting + "."
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
	p := ports{}
	var wrong error
	for _, name := range slices.Sorted(maps.Keys(handed)) {
		for _, l := range handed[name] {
			if !p.take(name, l) {
				l.Close()
				wrong = appliance.Errorf(appliance.CodeValidation, "systemd hands over a socket with the name %q at %s, which is "+
					"not for this server. Nothing was started. The unit of a TCP socket must have FileDescriptorName=%s or %s.",
					name, l.Addr(), socketHTTP, socketHTTPS)
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
	tcp, ok := l.(*net.TCPListener)
	switch {
	case ok && name == socketHTTP:
		p.http = append(p.http, tcp)
	case ok && name == socketHTTPS:
		p.https = append(p.https, tcp)
	default:
		return false
	}
	return true
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
