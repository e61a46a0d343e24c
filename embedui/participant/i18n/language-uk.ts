import shared from '../../shared/i18n/uk.json';
import own from './uk.json';

export default { ...shared, ...own };
