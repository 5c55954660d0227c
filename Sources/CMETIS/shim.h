#ifndef SYNAPUS_CMETIS_SHIM_H
#define SYNAPUS_CMETIS_SHIM_H

#include <metis.h>
#include <stdio.h>

/// METIS_PartGraphKway, without its remarks on standard output, which is for data: METIS prints when
/// a graph has fewer vertices than it likes, and cuts it all the same. One call at a time.
static inline int SynapusPartGraph(
    idx_t *vertices, idx_t *constraints, idx_t *starts, idx_t *neighbours, idx_t *weights,
    idx_t *sizes, idx_t *edge_weights, idx_t *groups, real_t *shares, real_t *tolerance,
    idx_t *options, idx_t *cost, idx_t *part) {
#ifdef __GLIBC__
  FILE *const output = stdout;
  FILE *const nowhere = fopen("/dev/null", "w");
  if (nowhere) stdout = nowhere;
#endif
  const int result = METIS_PartGraphKway(
      vertices, constraints, starts, neighbours, weights, sizes, edge_weights, groups, shares,
      tolerance, options, cost, part);
#ifdef __GLIBC__
  stdout = output;
  if (nowhere) fclose(nowhere);
#endif
  return result;
}

#endif
