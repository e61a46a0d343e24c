import shared from '../../shared/i18n/fr.json';
import own from './fr.json';

export default { ...shared, ...own };
