-- eni-bench for Rumur (Murphi).  run.sh expands this file (expand.awk): @I@ is a size, and {{k:+:text}} is the text
-- with every k < K in place of $k, joined by "+".
--
-- What made Rumur fastest: every variable a whole byte (0 .. 254 and one value for undefined), and no functions.
-- eni 0 absent, 1 available, 2 + i * S + s attached; ip 0 free, 1 + 2 * e primary, 2 + 2 * e secondary;
-- eip 0 released, 1 allocated, 2 + k associated.  e, i, s, k, p count from 0.
const
  I: @I@; S: @S@; E: @E@; K: @K@; L: @L@; P: @P@;

type
  byte: 0 .. 254;
  instance: 0 .. I - 1;
  slot: 0 .. S - 1;
  interface: 0 .. E - 1;
  address: 0 .. K - 1;
  elastic: 0 .. P - 1;

var
  stopped: array [instance] of byte;
  eni: array [interface] of byte;
  ip: array [address] of byte;
  eip: array [elastic] of byte;

startstate
begin
  for i: instance do stopped[i] := 0; end;
  for e: interface do eni[e] := 0; end;
  for k: address do ip[k] := 0; end;
  for p: elastic do eip[p] := 0; end;
end;

ruleset e: interface; k: address do rule "Create"
  eni[e] = 0 & ip[k] = 0
==>
begin
  eni[e] := 1;
  ip[k] := 1 + 2 * e;
end; end;

ruleset e: interface do rule "Delete"
  eni[e] = 1
==>
begin
  eni[e] := 0;
  for k: address do
    if ip[k] = 1 + 2 * e | ip[k] = 2 + 2 * e then
      ip[k] := 0;
      for p: elastic do
        if eip[p] = 2 + k then eip[p] := 1; end;
      end;
    end;
  end;
end; end;

ruleset e: interface; i: instance; s: slot do rule "Attach"
  eni[e] = 1 & (s != 0 | stopped[i] = 1) & forall f: interface do eni[f] != 2 + i * S + s end
==>
begin
  eni[e] := 2 + i * S + s;
end; end;

ruleset e: interface do rule "Detach"
  eni[e] >= 2 & ((eni[e] - 2) % S != 0 | stopped[(eni[e] - 2) / S] = 1)
==>
begin
  eni[e] := 1;
end; end;

ruleset e: interface; k: address do rule "Assign"
  ip[k] = 0 & eni[e] != 0 & ({{k:+:(ip[$k] = 1 + 2 * e | ip[$k] = 2 + 2 * e ? 1 : 0)}}) < L
==>
begin
  ip[k] := 2 + 2 * e;
end; end;

ruleset k: address do rule "Unassign"
  ip[k] != 0 & ip[k] % 2 = 0
==>
begin
  ip[k] := 0;
  for p: elastic do
    if eip[p] = 2 + k then eip[p] := 1; end;
  end;
end; end;

ruleset k: address; e: interface do rule "Move"
  ip[k] != 0 & ip[k] % 2 = 0 & ip[k] != 2 + 2 * e & eni[e] != 0 & ({{k:+:(ip[$k] = 1 + 2 * e | ip[$k] = 2 + 2 * e ? 1 : 0)}}) < L
==>
begin
  ip[k] := 2 + 2 * e;
  for p: elastic do
    if eip[p] = 2 + k then eip[p] := 1; end;
  end;
end; end;

ruleset p: elastic do rule "Allocate"
  eip[p] = 0
==>
begin
  eip[p] := 1;
end; end;

ruleset p: elastic; k: address do rule "Associate"
  eip[p] = 1 & ip[k] != 0 & forall q: elastic do eip[q] != 2 + k end
==>
begin
  eip[p] := 2 + k;
end; end;

ruleset p: elastic; k: address do rule "Reassociate"
  eip[p] >= 2 & eip[p] != 2 + k & ip[k] != 0 & forall q: elastic do eip[q] != 2 + k end
==>
begin
  eip[p] := 2 + k;
end; end;

ruleset p: elastic do rule "Disassociate"
  eip[p] >= 2
==>
begin
  eip[p] := 1;
end; end;

ruleset p: elastic do rule "Release"
  eip[p] = 1
==>
begin
  eip[p] := 0;
end; end;

ruleset i: instance do rule "Stop"
  stopped[i] = 0
==>
begin
  stopped[i] := 1;
end; end;

ruleset i: instance do rule "Start"
  stopped[i] = 1
==>
begin
  stopped[i] := 0;
end; end;

invariant "A"
  forall e: interface do forall f: interface do e = f | eni[e] < 2 | eni[e] != eni[f] end end;

invariant "B"
  forall e: interface do (eni[e] = 0 ? ({{k:+:(ip[$k] = 1 + 2 * e | ip[$k] = 2 + 2 * e ? 1 : 0)}}) = 0 : ({{k:+:(ip[$k] = 1 + 2 * e ? 1 : 0)}}) = 1) end;

invariant "C"
  forall p: elastic do forall q: elastic do p = q | eip[p] < 2 | eip[p] != eip[q] end end;

invariant "D"
  forall p: elastic do eip[p] < 2 | ip[eip[p] - 2] != 0 end;

invariant "E"
  forall e: interface do ({{k:+:(ip[$k] = 1 + 2 * e | ip[$k] = 2 + 2 * e ? 1 : 0)}}) <= L end;
