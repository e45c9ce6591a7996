package openfile

// LinkMode says which symbolic links in a path are followed (disable_symlinks).
type LinkMode uint8

const (
	LinksUnset    LinkMode = iota // like LinksFollowed
	LinksFollowed                 // off
	LinksOfOwner                  // if_not_owner: those that belong to the owner of what they lead to
	LinksRefused                  // on
)
