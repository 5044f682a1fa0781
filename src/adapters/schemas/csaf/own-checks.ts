import {
  checkOpenRange,
  checkRangeRules,
  checkSingleVersion,
  checkStackedCategories,
  checkVendorName,
  checkVersionWithRange,
  checkVersType,
} from "./checks/branches.ts";
import { checkDisclosureDates, checkExploitationDates, checkRevisionTimes } from "./checks/dates.ts";
import {
  checkCriticalExtension,
  checkEssentialExtension,
  checkExperimentalExtension,
  checkExtensionOfWithdrawn,
  checkOfficialExtension,
  EXTENSION_PLACES,
} from "./checks/extensions.ts";
import {
  checkHardware,
  checkHelperOfBranches,
  checkPackageUrls,
  checkSameHelper,
  checkStars,
} from "./checks/identification.ts";
import {
  checkDeprecatedLicense,
  checkLicenseExists,
  checkLicenseExpression,
  checkLicenseIds,
  checkLicenseText,
  checkUnlistedLicense,
} from "./checks/licenses.ts";
import {
  checkCvss4Exists,
  checkMeasuredBefore,
  checkOldEpss,
  checkOwnRating,
  checkRating,
  checkRatingBesideCvss,
  checkRepeatedScores,
  checkScoreOfFixed,
  checkScores,
} from "./checks/metrics.ts";
import { checkAdditionalMembers, checkIdSystem, checkIdText, checkSharingGroup } from "./checks/names.ts";
import { overlapInBranches, overlapInStatus } from "./checks/overlaps.ts";
import {
  checkCircularProducts,
  checkMissingGroups,
  checkMissingProducts,
  checkRepeatedProducts,
  checkUnusedProducts,
} from "./checks/product-references.ts";
import {
  checkAffectedOfFixed,
  checkCategoryName,
  checkDeprecatedMember,
  checkDeprecatedVulnerability,
  checkFixedOfAffected,
  checkNoVulnerabilities,
  checkProductDescription,
  checkTranslatedReason,
  checkTranslatedReference,
} from "./checks/profiles.ts";
import { checkRevisionGaps, checkRevisionOrder } from "./checks/revisions.ts";
import {
  checkBaseNamespace,
  checkDecisionPoints,
  checkExtendedNamespace,
  checkNamespaceResource,
  checkPointVersion,
  checkPrivateNamespace,
  checkTargetIds,
} from "./checks/ssvc.ts";
import { checkCweUsage, checkCweVersion } from "./checks/weaknesses.ts";
import type { CsafCheckFunction } from "./csaf-node.ts";

const NOT_FOR_MAPPING = "the CWE list says not to name it as the cause of a vulnerability";
const WITH_REVIEW = "the CWE list asks for a review before it is named as the cause of a vulnerability";

/**
 * Tests of either version that take the place of the library's, which leaves revisions of the same time in any order, and
 * compares each product with each reference: minutes for a large document.
 */
export const COMMON_CHECKS: ReadonlyMap<string, CsafCheckFunction> = new Map<string, CsafCheckFunction>([
  ["6.1.1", checkMissingProducts],
  ["6.1.2", checkRepeatedProducts],
  ["6.1.4", checkMissingGroups],
  ["6.2.1", checkUnusedProducts],
  ["6.1.14", checkRevisionOrder],
  ["6.1.21", checkRevisionGaps],
]);

/**
 * Tests of CSAF 2.1 that the library lacks, or judges by an earlier draft (`relationships` for `product_paths`, `scores`
 * for `metrics`); they take the place of the library's.
 */
export const OWN_CHECKS: ReadonlyMap<string, CsafCheckFunction> = new Map<string, CsafCheckFunction>([
  ["6.1.3", checkCircularProducts],
  ["6.1.7", checkRepeatedScores],
  ["6.1.9", checkScores],
  ["6.1.26", checkCategoryName],
  ["6.1.27.3", checkNoVulnerabilities],
  ["6.1.27.13", checkAffectedOfFixed],
  ["6.1.42", checkPackageUrls],
  ["6.1.44", checkStars("serial_numbers")],
  ["6.1.47", checkTargetIds],
  ["6.1.48", checkDecisionPoints],
  ["6.1.49", checkMeasuredBefore("ssvc_v2")],
  ["6.1.50", checkRangeRules],
  ["6.1.51", checkMeasuredBefore("epss")],
  ["6.1.53", checkExploitationDates],
  ["6.1.54", checkLicenseExpression],
  ["6.1.55", checkLicenseText(true)],
  ["6.1.56", checkRatingBesideCvss],
  ["6.1.57", checkStackedCategories],
  ["6.1.58", checkVersionWithRange],
  ["6.1.59", checkSingleVersion],
  ["6.1.61", checkStars("skus")],
  ["6.2.19", checkScoreOfFixed],
  ["6.2.20", checkAdditionalMembers],
  ["6.2.21", checkRevisionTimes],
  ["6.2.24", checkCweVersion],
  ["6.2.25", checkCweUsage(["Prohibited", "Discouraged"], NOT_FOR_MAPPING)],
  ["6.2.26", checkCweUsage(["Allowed-with-Review"], WITH_REVIEW)],
  ["6.2.30", checkSharingGroup],
  ["6.2.31", checkHardware],
  ["6.2.32", checkSameHelper],
  ["6.2.33", checkDisclosureDates],
  ["6.2.34", checkBaseNamespace],
  ["6.2.35", checkPrivateNamespace(true)],
  ["6.2.36", checkExtendedNamespace(true)],
  ["6.2.37", checkNamespaceResource],
  ["6.2.39.1", checkFixedOfAffected],
  ["6.2.39.2", checkTranslatedReason("csaf_withdrawn", "withdrawal")],
  ["6.2.39.3", checkTranslatedReason("csaf_superseded", "supersession")],
  ["6.2.39.4", checkTranslatedReference],
  ["6.2.39.5", checkExtensionOfWithdrawn],
  ["6.2.40", checkProductDescription],
  ["6.2.41", checkOldEpss],
  ["6.2.42", checkHelperOfBranches],
  ["6.2.43", checkLicenseExists],
  ["6.2.44", checkDeprecatedLicense],
  ["6.2.45", checkLicenseIds],
  ["6.2.46", checkLicenseText(false)],
  ["6.2.47", checkOwnRating],
  ["6.2.48", checkVendorName],
  ["6.2.49", checkOpenRange],
  ["6.2.50.1", overlapInStatus("two ranges with vers", false)],
  ["6.2.50.2", overlapInStatus("two ranges without vers", false)],
  ["6.2.50.3", overlapInStatus("range and version", false)],
  ["6.2.51", checkVersType],
  ["6.2.53", checkIdText],
  ["6.2.54.1", checkOfficialExtension],
  ["6.2.54.2", checkOfficialExtension],
  ["6.2.54.3", checkCriticalExtension],
  ["6.2.54.4", checkExperimentalExtension(true)],
  ["6.3.12", checkCvss4Exists],
  ["6.3.13", checkPointVersion],
  ["6.3.14", checkPrivateNamespace(false)],
  ["6.3.15", checkExtendedNamespace(false)],
  ["6.3.17", checkUnlistedLicense],
  ["6.3.18", checkRating],
  ["6.3.19.1", overlapInStatus("two ranges with vers", true)],
  ["6.3.19.2", overlapInStatus("two ranges without vers", true)],
  ["6.3.19.3", overlapInStatus("range and version", true)],
  ["6.3.19.4", overlapInBranches(["two ranges with vers", "two ranges without vers"])],
  ["6.3.19.5", overlapInBranches(["range and version"])],
  ["6.3.20", checkIdSystem],
  ["6.3.21.1", checkEssentialExtension],
  ["6.3.21.2", checkExperimentalExtension(false)],
  ...EXTENSION_PLACES,
]);

/** Tests of CSAF 2.1 that speak of more than the library's do: both are run. */
export const ADDED_CHECKS: ReadonlyMap<string, CsafCheckFunction> = new Map<string, CsafCheckFunction>([
  ["6.1.27.4", checkDeprecatedMember("product_tree")],
  ["6.1.27.5", checkDeprecatedVulnerability("notes")],
  ["6.1.27.6", checkDeprecatedVulnerability("product_status")],
  ["6.1.27.11", checkDeprecatedMember("vulnerabilities")],
]);
