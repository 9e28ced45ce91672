/* findings/classify.h -- which finding a failing step is: a check of the rulebook fails, in every schedule or in some,
 * and an order repairs it or none does. */
#ifndef FINDINGS_CLASSIFY_H
#define FINDINGS_CLASSIFY_H

#include "findings/catalogue.h"
#include "solver/verify.h"

/* `outcome`: one of the verification, that fails; `check`: by this check, NULL for a stop.  Never NULL. */
const struct finding_page *classify(const struct catalogue *catalogue, const struct verification *verification,
                                    const struct step_outcome *outcome, const struct check *check);
/* Does a repair of this step only say which of the failing steps fails? */
bool classify_moves(const struct verification *verification, const struct step_outcome *outcome,
                    const struct step_repair *repair);

#endif
