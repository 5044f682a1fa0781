/** The images of all containers of a Pod, in CEL; those of volumes are left out. */
export const ALL_IMAGES = "images.containers + images.initContainers + images.ephemeralContainers";
