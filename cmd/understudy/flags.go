// nginx's grammar of flags: single letters, combined and with attached values (-tq, -tc FILE, -cFILE).

package main

import "fmt"

// flags is what the command line asks for.
type flags struct {
	help, version, configure bool // -h -?, -v, -V
	test, dump, quiet        bool // -t, -T, -q
	prefix                   *string
	errorLog                 *string // "" for stderr
	conf, globals, signal    *string

	hints *bool // --hints, --no-hints; nil: when stderr is a terminal
}

// valueFlags say what a flag with a value asks for when it has none.
var valueFlags = map[byte]string{
	'p': "directory name", 'e': "file name", 'c': "file name", 'g': "parameter", 's': "parameter",
}

// parseFlags reads the arguments behind the program's name. The error is nginx's text.
func parseFlags(args []string) (*flags, error) {
	f := &flags{}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch arg {
		case "--hints", "--no-hints":
			on := arg == "--hints"
			f.hints = &on
			continue
		}
		if arg == "" || arg[0] != '-' {
			return nil, fmt.Errorf("invalid option: \"%s\"", arg)
		}
	letters:
		for j := 1; j < len(arg); j++ {
			letter := arg[j]
			wants, hasValue := valueFlags[letter]
			if !hasValue {
				if !f.letter(letter) {
					return nil, fmt.Errorf("invalid option: \"%s\"", arg[j:j+1])
				}
				continue
			}
			value := arg[j+1:]
			if value == "" {
				if i++; i == len(args) {
					return nil, fmt.Errorf("option \"-%c\" requires %s", letter, wants)
				}
				value = args[i]
			}
			if err := f.value(letter, value); err != nil {
				return nil, err
			}
			break letters
		}
	}
	return f, nil
}

// letter sets a flag without value.
func (f *flags) letter(c byte) bool {
	switch c {
	case '?', 'h':
		f.version, f.help = true, true
	case 'v':
		f.version = true
	case 'V':
		f.version, f.configure = true, true
	case 't':
		f.test = true
	case 'T':
		f.test, f.dump = true, true
	case 'q':
		f.quiet = true
	default:
		return false
	}
	return true
}

func (f *flags) value(c byte, v string) error {
	switch c {
	case 'p':
		f.prefix = &v
	case 'e':
		if v == "stderr" {
			v = ""
		}
		f.errorLog = &v
	case 'c':
		f.conf = &v
	case 'g':
		f.globals = &v
	case 's':
		switch v {
		case "stop", "quit", "reopen", "reload":
			f.signal = &v
		default:
			return fmt.Errorf("invalid option: \"-s %s\"", v)
		}
	}
	return nil
}
