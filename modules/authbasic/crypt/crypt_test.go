package crypt

import (
	"strings"
	"testing"
)

const long = "a much longer password, longer than any block of sixty-four bytes, or so it seems to me"

// made are hashes that crypt(3) of libxcrypt and openssl made.
var made = []struct{ password, hash string }{
	{"password", `sa3tHJ3/KuYvI`},
	{"x", `sa/gmiDJtU21A`},
	{"", `saFLGt/QKS6yw`},
	{long, `savPtfDTPhn8k`},
	{"password", `ZZKRwXSu3tt8s`},
	{"x", `ZZm0lGIga7WNQ`},
	{"", `ZZvIHp4MBMwSE`},
	{long, `ZZ4bWsIANwTDU`},
	{"password", `./xZjzHv5vzVE`},
	{"x", `./7H4fGCYxIHQ`},
	{"", `./Una9Fi.seRo`},
	{long, `./GGuTBC5KIQk`},
	{"password", `zAudc3X92cBTE`},
	{"x", `zA/6TzF9J2L9E`},
	{"", `zALTRSjORHw2E`},
	{long, `zAU.7wvOZuWnk`},
	{"password", `$1$salt$qJH7.N4xYta3aEG/dfqo/0`},
	{"x", `$1$salt$9GHNWvCB1UrDZjPi7uags0`},
	{"", `$1$salt$UsdFqFVB.FsuinRDK5eE..`},
	{long, `$1$salt$Gv.KmAdLL5dD54Ou9rX9C1`},
	{"password", `$1$longsalt$GSs091uvPHnfxNbWcMO.G/`},
	{"x", `$1$longsalt$k/mBLyLQHWN.TiK5hxzmP.`},
	{"", `$1$longsalt$b2KSRdRihJHL/.jbLkHyJ0`},
	{long, `$1$longsalt$3lWBqZk.kK9jC1j3ES/Gl/`},
	{"password", `$5$saltstring$OH4IDuTlsuTYPdED1gsuiRMyTAwNlRWyA6Xr3I4/dQ5`},
	{"x", `$5$saltstring$8lNOPUYH/6hNVwI72WGU4WW1KQqblnIzRCd9nWOKs5A`},
	{"", `$5$saltstring$FdNfA4gXqvCeO6iZs7G/.wwwoywYZqo0l1pwmfWaBA7`},
	{long, `$5$saltstring$.QhM2W5WxjRNnao9gcE/TYqzY7VqAOxpOQP6BvHVzX6`},
	{"password", `$5$rounds=1500$sal$Tv9i.DqdIAN7K0oHxK9uXIeiW6Z1pUoCjMSWuO2Vt35`},
	{"x", `$5$rounds=1500$sal$ZCJcA3vs5Bgh1AwAioutcKS8MpimmV.QTH5vs6e/gQD`},
	{"", `$5$rounds=1500$sal$Bg2QjyRP.8mvTQCfys3jF0/Duxcm83oMU5mRonFzfU5`},
	{long, `$5$rounds=1500$sal$WNT5asuRSGPZgpWdARE8sNFWGL8QEUTtg.Vas9YHUXA`},
	{"password", `$6$saltstring$adDbXsJjcDlq2662QPgd.tkSOVmnG9Tt3oXl4HR60SusC3AGjirnDenVZp3DGwLwqy6iYKCzannhaX9DR72nN1`},
	{"x", `$6$saltstring$nk7Qohr7tOmwY2mX639VRP.Lyvj3uhcgpatqHuLC867qfSHKq1LDuKa/h7Es9Nv0aL08pbF.cnQlRqhaoKT/D.`},
	{"", `$6$saltstring$kyGrqt6gmjAdtFLPrflEFifSYLCWWq1pyx95SvqinLDy2UHmj0sTF0MSLMwxPFZc3tu5kQckI8fks0zOPda3n1`},
	{long, `$6$saltstring$uIg/grNFjU1rnWmhoT/nHo.ftqp41ssFn8HvsxrrkquLBNhgVHPau8Ljgb.moIkkISj6JasnS4gOh1hxpRbuj.`},
	{"password", `$6$rounds=1001$anotherlongsalt1$s/AObVMqY4hYts05k8msj0o8Z/cNWASO/2t0CA7siohmFW6DrKEUiWwgxFYV80JZ1EuEcEqKYKgUgB.F1Xs5C.`},
	{"x", `$6$rounds=1001$anotherlongsalt1$ThRGENRF43t5jw6x2phdX3Q8rOZLYJ/ggdU6EY7KjMkmPzTXQcYFPRZ9JjeqJky4DnhoNg4gmVD6/bO7B07V7.`},
	{"", `$6$rounds=1001$anotherlongsalt1$qZ24zHArZFgZ7uCvn3f9r4.O8dUuwZ24vBHJ5Jt42q8PmOrljFYP5Ls/zcy4Jk5WN4At8TR6XeXZahV.CAD/B.`},
	{long, `$6$rounds=1001$anotherlongsalt1$Eib/kMaj/DKfTxuc9KgzL5/z87xuQMZXSENqagR9flL.h6NakIUrJbGw9nZbfpNweF0MvxdpAI.IeeMqnkuuN/`},
	{"password", `$2y$05$abcdefghijklmnopqrstuuWG29KuyeAicPCJODk1zjyGvyQUU2awu`},
	{"x", `$2y$05$abcdefghijklmnopqrstuuhKF09ZYWwH2zP/0fwE1X8e/Q1YNx/hO`},
	{"", `$2y$05$abcdefghijklmnopqrstuu0oImNDIy4flhldV9YqunRgBAePKmw7m`},
	{long, `$2y$05$abcdefghijklmnopqrstuux6EXrg2zVQfue/jDKzaxc9TtukwdzUS`},
	{"password", `$2b$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm`},
	{"x", `$2b$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e`},
	{"", `$2b$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq`},
	{long, `$2b$04$abcdefghijklmnopqrstuuAyC9xwklLa8Y12dMg4UjzYi3ro58JSO`},
	{"password", `$y$j75$ZGFzIHNhbHo/$6FxO5qFVrzHSmhidAN4dsmTPYt8K3S8PIvw1a1dOzb7`},
	{"x", `$y$j75$ZGFzIHNhbHo/$UphKjI0TnJ3.s.Lsg0eopzNQPlCZ3nZbIIOf8yFc8GC`},
	{"", `$y$j75$ZGFzIHNhbHo/$eU5pR9.n9bP/VG0s.L7ZOBL4OitIXQS4BEQQg8ovc71`},
	{long, `$y$j75$ZGFzIHNhbHo/$a4pwkGPcD6uwn8IbFYdToWuj8G/h.9IatKHCAiwuV52`},
	{"password", `$y$jAT$F5Jx5fExrKuPp53xLKQ..1$GbjgM1oZbOLRKQCYNlnGHUs1mnw0YfVzEPw5JeAAzn8`},
	{"pass word", `$apr1$abcdefgh$NriZ3KceyQFy368Ufp8U./`},
	{"x", `$apr1$abcdefgh$82JubPF2dQkt1tVfvLnXS.`},
	{"", `$apr1$abcdefgh$L.PT565ESX4Tp2bqNs7Ie.`},
	{"password", `$apr1$salt$Xxd1irWT9ycqoYxGFn4cb.`},
	{"password", `{PLAIN}password`},
	{"", `{PLAIN}`},
	{"password", `{SSHA}yI6cZwQadOA1e+/f+T+H3eCQQhRzYWx0`},
	{"password", `{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=`},
}

func TestWhatIsNoHashMatchesNothing(t *testing.T) {
	for _, hash := range []string{
		"", "x", "*", "*0", "!!", "$", "$1$", "$5$", "$6$", "$2y$", "$2y$99$abcdefghijklmnopqrstuuWG29KuyeAicPCJODk1zjyGvyQUU2awu",
		"$5$rounds=x$salt$", "$apr1$", "{SHA}", "{SSHA}", "{SSHA}Zm9vCg==", "{SSHA}_____wQadOA1e+/f+T+H3eCQQhRzYWx0", "{SHA}Zm9vCg==", "*a3tHJ3/KuYvI", "{MD5}x",
		strings.Repeat("$", 100),
	} {
		for _, password := range []string{"", "x", "password"} {
			if Matches(hash, []byte(password)) {
				t.Errorf("%q matches %q", password, hash)
			}
		}
	}
}

func FuzzMatches(f *testing.F) {
	for _, c := range made {
		if !strings.Contains(c.hash, "rounds=") {
			f.Add(c.hash, []byte(c.password))
		}
	}
	f.Fuzz(func(t *testing.T, hash string, password []byte) {
		if strings.Contains(hash, "rounds=") || strings.HasPrefix(hash, "$2") || len(password) > 1000 {
			return // these may take as long as the hash says
		}
		Matches(hash, password)
	})
}
