"""Tours against the short vectors of the same specs:  tours.py SHORT TOURS"""
import json
import pathlib
import sys


def read(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    files = [json.loads((folder / group["path"]).read_text()) for group in manifest["groups"] if group["path"]]
    return manifest, [vector for file in files for vector in file["vectors"]]


(short, vectors), (long, tours) = read(pathlib.Path(sys.argv[1])), read(pathlib.Path(sys.argv[2]))
assert short["goals"] == long["goals"] and short["mutation"] == long["mutation"], "tours show something else"
told = {goal for tour in tours for goal in tour["goals"]}
missing = {goal for vector in vectors for goal in vector["goals"]} - told
assert not missing, "no tour says that it shows %s" % sorted(missing)[:5]
assert len(tours) < len(vectors), "%d tours of %d vectors" % (len(tours), len(vectors))
assert all(tour["id"].startswith("tour-") for tour in tours)
assert long["counts"]["longest"] > short["counts"]["longest"]
