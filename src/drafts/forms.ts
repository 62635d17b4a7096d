import { inviteForm } from "../invites/forms.ts";

/** What an invitation says of the invited, and to them. The address stays: another one is another invitation. */
export const draftForm = inviteForm.pick({ firstName: true, lastName: true, message: true });
