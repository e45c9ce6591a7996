package web

import (
	"slices"
	"strings"

	"understudy/config"
	"understudy/proxyprotocol"
	"understudy/resolver"
	"understudy/vars"
	"understudy/vserver"
)

// Settings of ngx_http_core_module: the blocks http, server and location and what may stand in them.
type Settings struct {
	HTTP        httpOption        `nginx:"http" in:"main" block:"yes" args:"0"`
	Server      serverOption      `nginx:"server" in:"http" block:"yes" args:"0"`
	Location    locationOption    `nginx:"location" in:"server location" block:"yes" args:"1-2"`
	LimitExcept limitExceptOption `nginx:"limit_except" in:"location" block:"yes" args:"1+"`

	Listen     listenOption  `nginx:"listen" in:"server" args:"1+"`
	ServerName vserver.Names `nginx:"server_name" in:"server" args:"1+"`

	Root        rootOption     `nginx:"root" in:"http server location if" args:"1" default:"html"`
	Alias       aliasOption    `nginx:"alias" in:"location" args:"1"`
	Types       typesOption    `nginx:"types" in:"http server location" block:"yes" args:"0"`
	DefaultType config.String  `nginx:"default_type" in:"http server location" default:"text/plain"`
	Internal    internalOption `nginx:"internal" in:"location" args:"0"`

	ClientHeaderTimeout     config.Time    `nginx:"client_header_timeout" in:"http server" default:"60s"`
	ClientHeaderBufferSize  config.Size    `nginx:"client_header_buffer_size" in:"http server" default:"1k"`
	LargeHeaderBuffers      config.Buffers `nginx:"large_client_header_buffers" in:"http server" default:"4 8k"`
	MaxHeaders              config.Int     `nginx:"max_headers" in:"http server" default:"1000"`
	IgnoreInvalidHeaders    config.Flag    `nginx:"ignore_invalid_headers" in:"http server" default:"on"`
	UnderscoresInHeaders    config.Flag    `nginx:"underscores_in_headers" in:"http server" default:"off"`
	MergeSlashes            config.Flag    `nginx:"merge_slashes" in:"http server" default:"on"`
	ClientMaxBodySize       config.Offset  `nginx:"client_max_body_size" in:"http server location" default:"1m"`
	ClientBodyBufferSize    config.Size    `nginx:"client_body_buffer_size" in:"http server location" default:"16k"`
	ClientBodyTimeout       config.Time    `nginx:"client_body_timeout" in:"http server location" default:"60s"`
	ClientBodyTempPath      TempPath       `nginx:"client_body_temp_path" in:"http server location" args:"1-4" default:"client_body_temp"`
	ClientBodyInFileOnly    config.Enum    `nginx:"client_body_in_file_only" in:"http server location" enum:"off on clean" default:"off"`
	ClientBodyInSingleBuf   config.Flag    `nginx:"client_body_in_single_buffer" in:"http server location" default:"off" reason:"a body in memory is in one buffer"`
	SendTimeout             config.Time    `nginx:"send_timeout" in:"http server location" default:"60s"`
	KeepaliveTimeout        keepaliveTime  `nginx:"keepalive_timeout" in:"http server location" args:"1-2" default:"75s"`
	KeepaliveMinTimeout     config.Time    `nginx:"keepalive_min_timeout" in:"http server location" default:"0"`
	KeepaliveRequests       config.Int     `nginx:"keepalive_requests" in:"http server location" default:"1000"`
	KeepaliveTime           config.Time    `nginx:"keepalive_time" in:"http server location" default:"1h"`
	KeepaliveDisable        config.Mask    `nginx:"keepalive_disable" in:"http server location" args:"1-2" enum:"none msie6 safari" default:"msie6"`
	LingeringClose          config.Enum    `nginx:"lingering_close" in:"http server location" enum:"off on always" default:"on"`
	LingeringTime           config.Time    `nginx:"lingering_time" in:"http server location" default:"30s"`
	LingeringTimeout        config.Time    `nginx:"lingering_timeout" in:"http server location" default:"5s"`
	ResetTimedoutConnection config.Flag    `nginx:"reset_timedout_connection" in:"http server location" default:"off"`
	TCPNodelay              config.Flag    `nginx:"tcp_nodelay" in:"http server location" default:"on"`
	ChunkedTransferEncoding config.Flag    `nginx:"chunked_transfer_encoding" in:"http server location" default:"on"`
	ServerTokens            config.Enum    `nginx:"server_tokens" in:"http server location" enum:"off on build" default:"on"`
	LimitRate               rateOption     `nginx:"limit_rate" in:"http server location if" args:"1"`
	LimitRateAfter          rateOption     `nginx:"limit_rate_after" in:"http server location if" args:"1"`
	AbsoluteRedirect        config.Flag    `nginx:"absolute_redirect" in:"http server location" default:"on"`
	ServerNameInRedirect    config.Flag    `nginx:"server_name_in_redirect" in:"http server location" default:"off"`
	PortInRedirect          config.Flag    `nginx:"port_in_redirect" in:"http server location" default:"on"`
	MSIEPadding             config.Flag    `nginx:"msie_padding" in:"http server location" default:"on"`
	MSIERefresh             config.Flag    `nginx:"msie_refresh" in:"http server location" default:"off"`
	LogNotFound             config.Flag    `nginx:"log_not_found" in:"http server location" default:"on"`
	RecursiveErrorPages     config.Flag    `nginx:"recursive_error_pages" in:"http server location" default:"off"`
	ErrorPage               errorPages     `nginx:"error_page" in:"http server location if" args:"2+"`
	IfModifiedSince         config.Enum    `nginx:"if_modified_since" in:"http server location" enum:"off exact before" default:"exact"`
	ETag                    config.Flag    `nginx:"etag" in:"http server location" default:"on"`
	// DisableSymlinks refuses paths with symbolic links.
	DisableSymlinks disableSymlinks `nginx:"disable_symlinks" in:"http server location" args:"1-2"`
	// OpenFileCache keeps files open from one request to the next, for each event loop by itself.
	OpenFileCache        openFileCache `nginx:"open_file_cache" in:"http server location" args:"1-2" default:"off"`
	OpenFileCacheValid   config.Sec    `nginx:"open_file_cache_valid" in:"http server location" default:"60s"`
	OpenFileCacheMinUses config.Int    `nginx:"open_file_cache_min_uses" in:"http server location" default:"1"`
	OpenFileCacheErrors  config.Flag   `nginx:"open_file_cache_errors" in:"http server location" default:"off"`
	OpenFileCacheEvents  ignoredFlag   `nginx:"open_file_cache_events" in:"http server location" args:"1" default:"off" reason:"has an effect with kqueue only, in nginx too"`

	Satisfy       config.Enum   `nginx:"satisfy" in:"http server location" enum:"all any" default:"all"`
	PostAction    config.String `nginx:"post_action" in:"http server location if"`
	LogSubrequest config.Flag   `nginx:"log_subrequest" in:"http server location" default:"off"`
	AuthDelay     config.Time   `nginx:"auth_delay" in:"http server location" default:"0"`
	// Sendfile has the kernel send files of more than 16 KiB; smaller ones are read, and go out in one write with the head.
	Sendfile config.Flag `nginx:"sendfile" in:"http server location if" default:"off"`
	// SendfileMaxChunk is how much of a file goes out at once before other connections have their turn.
	SendfileMaxChunk config.Size `nginx:"sendfile_max_chunk" in:"http server location" default:"2m"`
	// TCPNopush has the head and the beginning of a file that the kernel sends leave in the same packets.
	TCPNopush config.Flag `nginx:"tcp_nopush" in:"http server location" default:"off"`
	// OutputBuffers is how much of a file that the kernel does not send is read at a time, 68 KiB at most.
	OutputBuffers config.Buffers `nginx:"output_buffers" in:"http server location" default:"2 32k"`

	EarlyHints      vars.Predicates `nginx:"early_hints" in:"http server location"`
	Resolver        resolver.Option `nginx:"resolver" in:"http server location" args:"1+"`
	ResolverTimeout config.Time     `nginx:"resolver_timeout" in:"http server location" default:"30s"`

	aliased bool // alias is in force, not root

	ConnectionPoolSize   PoolSize        `nginx:"connection_pool_size" in:"http server" default:"512" reason:"connections hold no pool"`
	RequestPoolSize      PoolSize        `nginx:"request_pool_size" in:"http server" default:"4k" reason:"exchanges are reused whole"`
	VariablesHashMax     config.Ignored  `nginx:"variables_hash_max_size" in:"http" args:"1" check:"number" reason:"variables are resolved when the configuration is loaded"`
	VariablesHashBucket  config.Ignored  `nginx:"variables_hash_bucket_size" in:"http" args:"1" check:"number" reason:"variables are resolved when the configuration is loaded"`
	ServerNamesHashMax   config.Int      `nginx:"server_names_hash_max_size" in:"http" args:"1" default:"512"`
	ServerNamesHashBkt   config.Int      `nginx:"server_names_hash_bucket_size" in:"http" args:"1" default:"64"`
	TypesHashMax         config.Int      `nginx:"types_hash_max_size" in:"http server location" args:"1" default:"1024"`
	TypesHashBucket      config.Int      `nginx:"types_hash_bucket_size" in:"http server location" args:"1" default:"64"`
	PostponeOutput       config.Ignored  `nginx:"postpone_output" in:"http server location" args:"1" check:"size" reason:"output goes out as soon as nothing more is at hand"`
	SendLowat            config.Ignored  `nginx:"send_lowat" in:"http server location" args:"1" check:"size" warn:"yes" reason:"has an effect on FreeBSD only, in nginx too"`
	ReadAhead            config.Ignored  `nginx:"read_ahead" in:"http server location" args:"1" check:"size" reason:"the kernel's read-ahead is left as it is"`
	Directio             ignoredDirectio `nginx:"directio" in:"http server location" args:"1" reason:"files are read through the page cache"`
	DirectioAlignment    config.Ignored  `nginx:"directio_alignment" in:"http server location" args:"1" check:"offset" reason:"files are read through the page cache"`
	AIO                  ignoredAIO      `nginx:"aio" in:"http server location" args:"1" reason:"files are read through the page cache, whatever it says"`
	AIOWrite             config.Ignored  `nginx:"aio_write" in:"http server location" args:"1" check:"flag" reason:"temporary files are written as bodies come"`
	SubrequestOutputSize config.Size     `nginx:"subrequest_output_buffer_size" in:"http server location" default:"4k"`
}

// Core is ngx_http_core_module.
var Core = &Module{Settings: core, Variables: slices.Concat(coreVariables, proxyprotocol.Variables), Compile: compileCore, Drop: closeOpenFiles}

var core = config.Declare[Settings]("ngx_http_core_module")

// Merge checks what nginx checks of a server's settings, and of the locations in http{}.
func (s *Settings) Merge(parent *Settings, b *config.Block) error {
	s.aliased = s.Alias.own || !s.Root.own && parent != nil && parent.aliased
	if b.Kind == config.Server && s.LargeHeaderBuffers.Size < s.ConnectionPoolSize.Bytes() {
		return b.Errorf("the \"large_client_header_buffers\" size must be equal to or greater than \"connection_pool_size\"")
	}
	if err := s.Types.fit(s, b); err != nil {
		return err
	}
	return duplicates(b)
}

// internalOption is `internal`, which the locations inside inherit.
type internalOption struct{ on bool }

func (o *internalOption) Parse(c *config.Call) error {
	if o.on {
		return c.Duplicate()
	}
	o.on = true
	return nil
}

// Inherit implements config.Inheriting.
func (o *internalOption) Inherit(parent config.Option) {
	o.on = o.on || parent.(*internalOption).on
}

// ignoredFlag is checked as the flag it is, and has no effect.
type ignoredFlag struct{ config.Flag }

// rootOption is `root`; a value with variables is evaluated for each request.
type rootOption struct {
	own    bool        // given in this block
	value  *vars.Value // nil: fixed
	fixed  string
	prefix int // alias: how much of the URI it stands for; -1 = all of it (regex)
}

func (o *rootOption) Parse(c *config.Call) error {
	if o.own {
		return c.Duplicate()
	}
	s := core.Local(c.Block)
	if s.Alias.own {
		return c.Errorf(`"root" directive is duplicate, "alias" directive was specified earlier`)
	}
	return o.set(c, c.Args[0])
}

func (o *rootOption) set(c *config.Call, path string) error {
	o.own = true
	for _, name := range []string{"document_root", "realpath_root"} {
		if strings.Contains(path, "$"+name) || strings.Contains(path, "${"+name+"}") {
			return c.Errorf("the $%s variable cannot be used in the \"%s\" directive", name, c.Name)
		}
	}
	trimmed := path
	if c.Name == "root" {
		trimmed = strings.TrimSuffix(path, "/")
	}
	value, err := vars.TableOf(c.Block).Compile(trimmed)
	if err != nil {
		return c.Errorf("%s", err)
	}
	text, static := value.Static()
	switch {
	case static && path == "/" && trimmed == "": // the root of the file system; an empty path is the prefix
		return nil
	case static:
		o.fixed = c.FullName(text, false)
		return nil
	case trimmed[0] != '$' && trimmed[0] != '/':
		// a relative path with variables behind its first byte: the prefix goes in front once
		value, err = vars.TableOf(c.Block).Compile(c.FullName(trimmed, false))
	}
	o.value = value
	return err
}

func (o *rootOption) Inherit(parent config.Option) {
	if !o.own {
		*o = *parent.(*rootOption)
		o.own = false
	}
}

// aliasOption is `alias`.
type aliasOption struct{ rootOption }

func (o *aliasOption) Parse(c *config.Call) error {
	s := core.Local(c.Block)
	if o.own {
		return c.Duplicate()
	}
	if s.Root.own {
		return c.Errorf(`"alias" directive is duplicate, "root" directive was specified earlier`)
	}
	if loc := locationOf(c.Block); loc != nil {
		if loc.named {
			return c.Errorf(`the "alias" directive cannot be used inside the named location`)
		}
		o.prefix = len(loc.name)
		if loc.regex != nil {
			o.prefix = -1
		}
	}
	return o.set(c, c.Args[0])
}

// Inherit: inner locations have the alias with the outer one's prefix, unless they set root or alias themselves.
func (o *aliasOption) Inherit(parent config.Option) {
	if !o.own {
		*o = *parent.(*aliasOption)
		o.own = false
	}
}

// keepaliveTime is `keepalive_timeout TIMEOUT [HEADER]`.
type keepaliveTime struct {
	config.Time
	header config.Sec
}

func (o *keepaliveTime) Parse(c *config.Call) error {
	if o.IsSet() {
		return c.Duplicate()
	}
	if err := o.Time.ParseText(c, c.Args[0]); err != nil {
		return err
	}
	if len(c.Args) == 2 {
		return o.header.ParseText(c, c.Args[1])
	}
	return nil
}

func (o *keepaliveTime) Inherit(parent config.Option) {
	p := parent.(*keepaliveTime)
	if !o.IsSet() {
		o.Time = p.Time
	}
	if !o.header.IsSet() { // on its own, as in nginx
		o.header = p.header
	}
}
