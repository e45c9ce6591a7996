package stream

import (
	"fmt"

	"understudy/config"
	"understudy/parser"
	"understudy/resolver"
	"understudy/vserver"
)

// Settings of ngx_stream_core_module: the blocks stream and server and what may stand in them.
type Settings struct {
	Stream streamOption `nginx:"stream" in:"main" block:"yes" args:"0"`
	Server serverOption `nginx:"server" in:"stream" block:"yes" args:"0"`

	Listen     listenOption  `nginx:"listen" in:"stream-server" args:"1+"`
	ServerName vserver.Names `nginx:"server_name" in:"stream-server" args:"1+"`

	Resolver        resolver.Option `nginx:"resolver" in:"stream stream-server" args:"1+"`
	ResolverTimeout config.Time     `nginx:"resolver_timeout" in:"stream stream-server" default:"30s"`

	// ProxyProtocolTimeout is how long the header may take where `listen` says proxy_protocol.
	ProxyProtocolTimeout config.Time `nginx:"proxy_protocol_timeout" in:"stream stream-server" default:"30s"`
	// PrereadBufferSize and PrereadTimeout bound what is looked at before the content, and how long it may take to come.
	PrereadBufferSize config.Size `nginx:"preread_buffer_size" in:"stream stream-server" default:"16k"`
	PrereadTimeout    config.Time `nginx:"preread_timeout" in:"stream stream-server" default:"30s"`

	TCPNodelay config.Flag `nginx:"tcp_nodelay" in:"stream stream-server" default:"on" reason:"connections are always without delay: bytes that belong together go out in one write"`

	VariablesHashMax    config.Ignored `nginx:"variables_hash_max_size" in:"stream" args:"1" check:"number" reason:"variables are resolved when the configuration is loaded"`
	VariablesHashBucket config.Ignored `nginx:"variables_hash_bucket_size" in:"stream" args:"1" check:"number" reason:"variables are resolved when the configuration is loaded"`
	ServerNamesHashMax  config.Int     `nginx:"server_names_hash_max_size" in:"stream" args:"1" default:"512"`
	ServerNamesHashBkt  config.Int     `nginx:"server_names_hash_bucket_size" in:"stream" args:"1" default:"64"`
}

// Core is ngx_stream_core_module.
var Core = &Module{Settings: core, Variables: coreVariables}

var core = config.Declare[Settings]("ngx_stream_core_module")

var planKey = config.NewKey[*vserver.Plan]("stream.plan")

// checkNames looks at the names of servers as nginx does when it makes its tables of them.
func checkNames(b *config.Block) error {
	conf := core.Of(b)
	table := config.HashTable{Name: "server_names_hash", Max: conf.ServerNamesHashMax.N(), BucketSize: conf.ServerNamesHashBkt.N()}
	return config.Value(b, planKey).CheckNames(b.Config(), func(b *config.Block) *vserver.Names { return &core.Of(b).ServerName }, table)
}

// streamOption is the `stream` block.
type streamOption struct{ block *config.Block }

func (o *streamOption) Parse(c *config.Call) error {
	if o.block != nil {
		return c.Duplicate()
	}
	var err error
	o.block, err = c.Enter(config.Stream, func(b *config.Block) {
		config.Attach(b, planKey, new(vserver.Plan))
		attachVariables(c.Conf, b)
		c.Conf.OnMerged(b, func() error { return checkNames(b) })
	})
	return err
}

// serverOption is a `server` block.
type serverOption struct{}

func (o *serverOption) Parse(c *config.Call) error {
	b, err := c.Enter(config.StreamServer, func(b *config.Block) {
		p := config.Value(b, planKey)
		p.Servers = append(p.Servers, b)
	})
	if err == nil && !core.Local(b).Listen.any {
		// the place stands in the text, as nginx has it: the line of the opening brace
		return &parser.Error{Level: parser.Emerg, Text: fmt.Sprintf("no \"listen\" is defined for server in %s:%d", c.File, c.EndLine)}
	}
	return err
}

// listenOption notes that a server has a `listen`.
type listenOption struct{ any bool }

func (o *listenOption) Parse(c *config.Call) error {
	list, err := vserver.Listen(c, func(s *vserver.Socket, arg string) (bool, error) {
		switch arg {
		case "udp":
			return true, c.Unsupported("", "invalid parameter %q", arg)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	o.any = true
	p := config.Value(c.Block, planKey)
	for _, s := range list {
		if err := p.Add(c, s); err != nil {
			return err
		}
	}
	return nil
}
