/* eni-bench for Spin.  run.sh expands this file (tests/bench/expand.awk): a line that starts with "%ek%" is
 * repeated for every e < E and k < K, and {{p:&&:text}} is the text for every p < P, joined by &&.
 *
 * One process, one loop, every transition one d_step with constant indices: no intermediate states, and the
 * fewest bytes: eni 0 absent, 1 available, 2 + i * S + s attached; ip 0 free, 1 + 2 * e primary, 2 + 2 * e
 * secondary; eip 0 released, 1 allocated, 2 + k associated. */
#define I @I@
#define S @S@
#define E @E@
#define K @K@
#define L @L@
#define P @P@

byte stopped[I];
byte eni[E];
byte ip[K];
byte eip[P];

#define owner(k)     ((ip[k] + 1) >> 1) /* e + 1, or 0 */
#define is_second(k) (ip[k] != 0 && (ip[k] & 1) == 0)
#define owned(e)     ({{k:+:(owner($k) == (e) + 1)}})
#define no_eip(k)    ({{p:&&:eip[$p] != (k) + 2}})
#define free(i, s)   ({{e:&&:eni[$e] != 2 + (i) * S + (s)}})

/* A (no two ENIs in one place), C (no two EIPs on one address), then B, D, E */
#define primaries(e) ({{k:+:(ip[$k] == 1 + 2 * (e))}})
#define B(e)         (primaries(e) == (eni[e] != 0))
#define D(p)         (eip[p] < 2 || ip[eip[p] - 2] != 0)
#define pair_A(e, f) ((e) == (f) || eni[e] < 2 || eni[e] != eni[f])
#define pair_C(p, q) ((p) == (q) || eip[p] < 2 || eip[p] != eip[q])
#define A_all        ({{ef:&&:pair_A($e, $f)}})
#define C_all        ({{pq:&&:pair_C($p, $q)}})
#define invariants   (A_all && {{e:&&:B($e)}} && C_all && {{p:&&:D($p)}} && {{e:&&:owned($e) <= L}})

active proctype account() {
    do
    :: !(invariants) -> assert(false)
%ek%    :: d_step { eni[$e] == 0 && ip[$k] == 0 -> eni[$e] = 1; ip[$k] = 1 + 2 * $e }
%e%    :: d_step { eni[$e] == 1 -> eni[$e] = 0; {{p:;:eip[$p] = (eip[$p] >= 2 && owner(eip[$p] - 2) == $e + 1 -> 1 : eip[$p])}}; {{k:;:ip[$k] = (owner($k) == $e + 1 -> 0 : ip[$k])}} }
%eis%    :: d_step { eni[$e] == 1 && ($s != 0 || stopped[$i]) && free($i, $s) -> eni[$e] = 2 + $i * S + $s }
%e%    :: d_step { eni[$e] >= 2 && ((eni[$e] - 2) % S != 0 || stopped[(eni[$e] - 2) / S]) -> eni[$e] = 1 }
%ek%    :: d_step { eni[$e] != 0 && ip[$k] == 0 && owned($e) < L -> ip[$k] = 2 + 2 * $e }
%k%    :: d_step { is_second($k) -> ip[$k] = 0; {{p:;:eip[$p] = (eip[$p] == $k + 2 -> 1 : eip[$p])}} }
%ke%    :: d_step { is_second($k) && owner($k) != $e + 1 && eni[$e] != 0 && owned($e) < L -> ip[$k] = 2 + 2 * $e; {{p:;:eip[$p] = (eip[$p] == $k + 2 -> 1 : eip[$p])}} }
%p%    :: d_step { eip[$p] == 0 -> eip[$p] = 1 }
%pk%    :: d_step { eip[$p] == 1 && ip[$k] != 0 && no_eip($k) -> eip[$p] = $k + 2 }
%pk%    :: d_step { eip[$p] >= 2 && eip[$p] != $k + 2 && ip[$k] != 0 && no_eip($k) -> eip[$p] = $k + 2 }
%p%    :: d_step { eip[$p] >= 2 -> eip[$p] = 1 }
%p%    :: d_step { eip[$p] == 1 -> eip[$p] = 0 }
%i%    :: d_step { !stopped[$i] -> stopped[$i] = 1 }
%i%    :: d_step { stopped[$i] -> stopped[$i] = 0 }
    od
}
